package handlers

import (
	"maps"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"arcadia.example/console/access"
	"arcadia.example/console/catalog"
	"arcadia.example/console/lifecycle"
)

// Words of which there are only some. Each says to the document which, from the table that also decides.
type (
	apiState      lifecycle.State
	apiActionName lifecycle.Action
	apiReason     lifecycle.Reason
	apiActorKind  access.Kind
	apiRole       string
	apiPlan       string
	apiRegion     string
	apiSize       string
	apiStart      lifecycle.State // of a new deployment
	apiOutcome    string          // of a move

	apiRunKind       lifecycle.RunKind
	apiRunStatus     lifecycle.RunStatus
	apiStepName      lifecycle.StepName
	apiMachineStatus lifecycle.MachineStatus
)

func (apiState) Schema(huma.Registry) *huma.Schema      { return oneOfWords(lifecycle.States) }
func (apiActionName) Schema(huma.Registry) *huma.Schema { return oneOfWords(lifecycle.Actions) }
func (apiActorKind) Schema(huma.Registry) *huma.Schema {
	return oneOfWords([]access.Kind{access.Staff, access.API, access.System, access.Policy})
}
func (apiRole) Schema(huma.Registry) *huma.Schema { return oneOfWords(allRoles.Names()) }

func (apiStart) Schema(huma.Registry) *huma.Schema {
	return oneOfWords([]lifecycle.State{lifecycle.Active, lifecycle.Trial, lifecycle.Provisioning})
}

func (apiOutcome) Schema(huma.Registry) *huma.Schema {
	return oneOfWords(slices.Sorted(maps.Values(outcomes)))
}

func (apiRunKind) Schema(huma.Registry) *huma.Schema   { return oneOfWords(lifecycle.RunKinds) }
func (apiRunStatus) Schema(huma.Registry) *huma.Schema { return oneOfWords(lifecycle.RunStatuses) }

// Schema lists the steps of all kinds of run, each once.
func (apiStepName) Schema(huma.Registry) *huma.Schema {
	var steps []lifecycle.StepName
	for _, kind := range lifecycle.RunKinds {
		for _, step := range kind.Steps() {
			if !slices.Contains(steps, step) {
				steps = append(steps, step)
			}
		}
	}
	return oneOfWords(steps)
}

func (apiMachineStatus) Schema(huma.Registry) *huma.Schema {
	return oneOfWords([]lifecycle.MachineStatus{
		lifecycle.MachineIsOn, lifecycle.MachineIsOff, lifecycle.MachineIsBuilt, lifecycle.MachineIsUndone, lifecycle.MachineIsSwitched,
		lifecycle.MachineIsReleased, lifecycle.MachineIsPointed, lifecycle.MachineReleased, lifecycle.MachineTrouble, lifecycle.MachineMissing,
		lifecycle.MachineUnknown,
	})
}

func (apiPlan) Schema(huma.Registry) *huma.Schema {
	return oneOfCodes(catalog.Plans, func(p catalog.Plan) string { return p.Code })
}

func (apiRegion) Schema(huma.Registry) *huma.Schema {
	return oneOfCodes(catalog.Regions, func(p catalog.Place) string { return p.Code })
}

func (apiSize) Schema(huma.Registry) *huma.Schema {
	return oneOfCodes(catalog.Sizes, func(s catalog.Size) string { return s.Code })
}

// Schema lists the reasons that some action takes, and the one that undoes.
func (apiReason) Schema(huma.Registry) *huma.Schema {
	reasons := []lifecycle.Reason{lifecycle.Undo}
	for _, action := range lifecycle.Actions {
		for _, reason := range action.Reasons() {
			if !slices.Contains(reasons, reason) {
				reasons = append(reasons, reason)
			}
		}
	}
	return oneOfWords(reasons)
}

func (problemCode) Schema(huma.Registry) *huma.Schema {
	return oneOfCodes(problemKinds, func(k problemKind) string { return string(k.code) })
}

const allRoles = access.Viewer | access.Support | access.Billing | access.Operator | access.Admin

func oneOfWords[T ~string](words []T) *huma.Schema {
	return oneOfCodes(words, func(word T) string { return string(word) })
}

func oneOfCodes[T any](list []T, code func(T) string) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeString}
	for _, one := range list {
		schema.Enum = append(schema.Enum, code(one))
	}
	return schema
}
