package handlers

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
	"arcadia.example/console/provisioning"
	"arcadia.example/console/store"
	"arcadia.example/console/views"
)

// historyLength is how many runs of a deployment its page tells of.
const historyLength = 6

// machine is what a deployment's page says about its machine, for the actor, and the run that is newest. Its ID is zero when there
// never was one.
func (s *Server) machine(ctx context.Context, actor access.Actor, id uuid.UUID) (views.RunCard, store.Run, error) {
	runs, err := s.store.ListDeploymentRuns(ctx, id, historyLength)
	if err != nil || len(runs) == 0 {
		return views.RunCard{}, store.Run{}, err
	}
	newest, err := s.store.GetRun(ctx, runs[0].ID)
	if err != nil {
		return views.RunCard{}, store.Run{}, err
	}
	view := runView(actor, newest)
	card := views.RunCard{Run: &view}
	for _, run := range runs[1:] {
		card.Earlier = append(card.Earlier, runView(actor, run))
	}
	return card, newest, nil
}

// withMachine adds to a deployment what is known of its machine.
func (s *Server) withMachine(view views.Deployment, d store.Deployment, card views.RunCard, newest store.Run) views.Deployment {
	if card.Run != nil && card.Run.Recent(d.ReadAt) {
		view.Run = card.Run
	}
	if d.Provider || newest.ID != uuid.Nil {
		view.Machine = lifecycle.MachineLineOf(d.State, d.DropletID.Valid, newest.MachineFacts(), d.ReadAt)
	}
	return view
}

// runView is a run for the screen, with the buttons that the actor has.
func runView(actor access.Actor, r store.Run) views.Run {
	roles, _ := access.ParseRoles(r.ActorRoles) // those of an earlier version that nobody knows any more are left out
	view := views.Run{
		ID: r.ID.String(), DeploymentID: r.DeploymentID.String(), DeploymentName: r.DeploymentName, TenantName: r.TenantName,
		Hostname: r.Spec.Hostname, Region: r.Spec.Region, Kind: r.Kind, Status: r.Status, Step: r.Step,
		Error: r.Error, ErrorKind: r.ErrorKind, Ending: r.Ending,
		By: r.ActorName, ActedAs: access.KindLabel(r.ActorKind, roles), AbortedBy: r.AbortName.String, AbortedAt: r.AbortedAt.Time,
		Began: r.InsertedAt, Since: r.ProgressedAt, NextTry: r.NextTryAt.Time, Ended: r.FinishedAt.Time, Stuck: stuck(r),
		Controls: views.NewRunControls(actor, r.Subject(), newKey),
	}
	if r.DropletID.Valid {
		view.Droplet = strconv.FormatInt(r.DropletID.Int64, 10)
	}
	for _, step := range r.Steps {
		view.Steps = append(view.Steps, stepView(r, step))
	}
	return view.Located()
}

// stepView is a step for the screen: while it is being undone, or has been, its undoing.
func stepView(r store.Run, s store.RunStep) views.RunStep {
	view := views.RunStep{
		Name: s.Name, Status: s.Status, Try: s.Attempt, MaxTries: s.MaxAttempts, Plan: stepPlan(r, s.Name), Did: stepDid(s),
		Error: s.Error, Began: s.StartedAt.Time, Ended: s.FinishedAt.Time, NextTry: s.NextTryAt.Time,
	}
	if s.Status == lifecycle.RunRunning {
		view.Deadline = s.DeadlineAt.Time
	}
	if s.UndoStartedAt.Valid && s.Status != lifecycle.RunFailed {
		view.Try, view.MaxTries = s.UndoAttempt, s.UndoMaxAttempts
		view.Began, view.Ended = s.UndoStartedAt.Time, s.UndoneAt.Time
	}
	return view
}

// stepPlan is what a step will do, where more is known than its name.
func stepPlan(r store.Run, step lifecycle.StepName) string {
	switch step {
	case lifecycle.StepCreate:
		size, region := r.Spec.Size, r.Spec.Region
		if known, ok := catalog.FindSize(size); ok {
			size = known.Name
		}
		if known, ok := catalog.FindRegion(region); ok {
			region = known.Name
		}
		return size + " in " + region
	case lifecycle.StepDNS, lifecycle.StepUnpoint:
		return r.Spec.Hostname
	}
	return ""
}

// stepRecord is what the steps leave about what they did, of all of them together.
type stepRecord struct {
	DropletID int64                 `json:"droplet_id"`
	Adopted   bool                  `json:"adopted"`
	Address   string                `json:"address"`
	Hostname  string                `json:"hostname"`
	Value     string                `json:"value"`
	Zone      string                `json:"zone"`
	Old       []provisioning.Record `json:"old"`
}

// stepDid lists what a step did, from what it left. What cannot be read is left out: it is on the page of the run as it is.
func stepDid(s store.RunStep) []views.Change {
	var record stepRecord
	for _, text := range [][]byte{s.Intent, s.Result} {
		if len(text) > 0 && json.Unmarshal(text, &record) != nil {
			return nil
		}
	}
	switch s.Name {
	case lifecycle.StepCreate:
		return did("Droplet", "", dropletText(record.DropletID))
	case lifecycle.StepWait:
		return did("Address", "", record.Address)
	case lifecycle.StepDNS:
		if record.Zone == "" || record.Value == "" {
			return nil
		}
		return did("A record", oldValues(record.Old), record.Value)
	case lifecycle.StepUnpoint:
		if record.Hostname != "" && len(record.Old) > 0 {
			return did("A record", oldValues(record.Old), noRecord)
		}
	case lifecycle.StepDestroy:
		return did("Droplet", "", dropletText(record.DropletID))
	}
	return nil
}

func did(what, before, after string) []views.Change {
	if after == "" {
		return nil
	}
	return []views.Change{{Field: what, From: before, To: after}}
}

func dropletText(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

const noRecord = "none"

// oldValues are where a host name led before.
func oldValues(records []provisioning.Record) string {
	values := make([]string, 0, len(records))
	for _, r := range records {
		values = append(values, r.Value)
	}
	if len(values) == 0 {
		return noRecord
	}
	return strings.Join(values, ", ")
}

// stepDetails are the record of the steps, in their order.
func stepDetails(r store.Run) []views.RunStepDetail {
	details := make([]views.RunStepDetail, len(r.Steps))
	for i, s := range r.Steps {
		details[i] = views.RunStepDetail{
			Intent: indented(s.Intent), Result: indented(s.Result), Error: s.Error, ErrorKind: s.ErrorKind,
			Tries: views.RunTries{Try: s.Attempt, MaxTries: s.MaxAttempts}, UndoTries: views.RunTries{Try: s.UndoAttempt, MaxTries: s.UndoMaxAttempts},
			Began: s.StartedAt.Time, Ended: s.FinishedAt.Time, UndoBegan: s.UndoStartedAt.Time, Undone: s.UndoneAt.Time, Deadline: s.DeadlineAt.Time,
		}
	}
	return details
}

func indented(text []byte) string {
	var value any
	if json.Unmarshal(text, &value) != nil {
		return string(text)
	}
	pretty, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return string(text)
	}
	return string(pretty)
}
