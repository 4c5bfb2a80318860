package handlers

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// ImportParser reads the rows of a file, or returns all that is wrong with it.
type ImportParser func(io.Reader) ([]store.ImportRow, store.LineErrors)

// showImport is the page on which a file is chosen.
func (s *Server) showImport(c echo.Context) error {
	return s.drawImport(c, http.StatusOK, views.ImportPage{})
}

// runImport brings in every row of the uploaded file, or none and says what is wrong with each.
func (s *Server) runImport(c echo.Context) error {
	name, content, err := uploadedFile(c)
	if err != nil {
		return err
	}
	model := views.ImportPage{FileName: name}
	rows, problems := s.parseImport(bytes.NewReader(content))
	if len(problems) > 0 {
		return s.drawBadImport(c, model, problems)
	}
	// The content is the key: the same file sent twice, by a double click or by mistake, is one import.
	sum := sha256.Sum256(content)
	imported, err := s.store.Import(c.Request().Context(), store.NewImport{
		Command: command(c, "import:"+hex.EncodeToString(sum[:])), Rows: rows,
	})
	if errors.As(err, &problems) {
		return s.drawBadImport(c, model, problems)
	}
	if err != nil {
		return err
	}
	model.Result = &views.ImportResult{Tenants: int64(imported.Tenants), Deployments: int64(imported.Deployments), Before: imported.Replayed}
	return s.drawImport(c, http.StatusOK, model)
}

// drawBadImport lists what is wrong; what concerns the whole file stands above the list.
func (s *Server) drawBadImport(c echo.Context, model views.ImportPage, problems store.LineErrors) error {
	for _, p := range problems {
		if p.Line == 0 {
			model.Error = p.Text
			continue
		}
		model.Bad = append(model.Bad, views.ImportRowError{Line: p.Line, Column: p.Column, Text: p.Text})
	}
	return s.drawImport(c, http.StatusUnprocessableEntity, model)
}

func (s *Server) drawImport(c echo.Context, status int, model views.ImportPage) (err error) {
	if model.Page, _, err = s.page(c, "Import", "import"); err != nil {
		return err
	}
	model.Columns = importColumns
	return render(c, status, views.Import(model))
}

var importColumns = func() []views.ImportColumn {
	columns := make([]views.ImportColumn, len(store.ImportColumns))
	for i, col := range store.ImportColumns {
		columns[i] = views.ImportColumn{Name: col.Name, Says: col.Text, Example: col.Example, Required: col.Needed}
	}
	return columns
}()

// uploadedFile is the one part of the form, the file.
func uploadedFile(c echo.Context) (name string, content []byte, err error) {
	r := c.Request()
	if r.URL.RawQuery != "" {
		return "", nil, badRequest("address", "A form is sent without parameters in the address.")
	}
	reader, err := r.MultipartReader()
	if err != nil {
		return "", nil, failure{status: http.StatusUnsupportedMediaType, text: "Send a file with the form of the import page.", cause: err}
	}
	found := false
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", nil, uploadFailure(err)
		}
		if part.FormName() == "" {
			return "", nil, uploadFailure(errors.New("a part without a name"))
		}
		if part.FormName() != "file" || found {
			return "", nil, badRequest(printable(part.FormName()), "There is no such field here. Nothing was changed.")
		}
		found, name = true, printable(part.FileName())
		if content, err = io.ReadAll(part); err != nil {
			return "", nil, uploadFailure(err)
		}
	}
	if !found || len(content) == 0 {
		return "", nil, badRequest("file", "Choose a file that is not empty.")
	}
	return name, content, nil
}

// textUnreadable also names what is mostly behind it: the name of a file stands in the head of the upload, where control
// characters and a backslash at its end break it.
const textUnreadable = "This upload cannot be read. If the name of the file has unusual characters in it, rename the file and try again."

func uploadFailure(err error) error {
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return failure{status: http.StatusRequestEntityTooLarge, text: "This file is larger than 1 MB. Nothing was imported; use the command line for it."}
	}
	return failure{status: http.StatusBadRequest, text: textUnreadable, cause: err}
}
