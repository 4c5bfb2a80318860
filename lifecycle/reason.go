package lifecycle

import "slices"

// Reason is the code that says why a move was made. Empty where the action asks for none.
type Reason string

// The reason codes.
const (
	Created            Reason = "created"
	CustomerRequest    Reason = "customer_request"
	Seasonal           Reason = "seasonal"
	Maintenance        Reason = "maintenance"
	PaymentFailed      Reason = "payment_failed"
	CardExpired        Reason = "card_expired"
	PaymentReceived    Reason = "payment_received"
	NonPayment         Reason = "non_payment"
	Fraud              Reason = "fraud"
	TrialExpired       Reason = "trial_expired"
	ProvisioningFailed Reason = "provisioning_failed"
	Provisioned        Reason = "provisioned"
	Retention          Reason = "retention"
	ByPolicy           Reason = "policy"
	Imported           Reason = "imported" // stated by an import alone, on the way to the state that the file asks for
	Undo               Reason = "undo"
	Other              Reason = "other"
)

var reasonLabels = map[Reason]string{
	Created:            "New deployment",
	CustomerRequest:    "Customer request",
	Seasonal:           "Seasonal pause",
	Maintenance:        "Maintenance",
	PaymentFailed:      "Payment failed",
	CardExpired:        "Card expired",
	PaymentReceived:    "Payment received",
	NonPayment:         "Non-payment",
	Fraud:              "Fraud",
	TrialExpired:       "Trial expired",
	ProvisioningFailed: "Provisioning failed",
	Provisioned:        "Provisioned",
	Retention:          "Retention period over",
	ByPolicy:           "Policy",
	Imported:           "Imported",
	Undo:               "Undo",
	Other:              "Other",
}

// Label is the reason for the screen; the code itself where a record taken over from elsewhere has one that is unknown here.
func (r Reason) Label() string {
	if label, ok := reasonLabels[r]; ok {
		return label
	}
	return string(r)
}

// accepts reports whether an actor of the given powers may state the reason for the action. Undo is checked apart.
func (a Action) accepts(r Reason, byPolicy bool) bool {
	return slices.Contains(a.Reasons(), r) || byPolicy && r == ByPolicy
}
