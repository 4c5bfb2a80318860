package handlers_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"arcadia.example/console/access"
)

const secretField = `name="secret" value="([A-Z2-7]+)"`

func TestAuthenticatorAppIsSwitchedOn(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Support)
	m.wants(m.post("/settings/me/totp/remove"), http.StatusSeeOther)
	if m.person().HasTOTP {
		t.Fatal("it is still on")
	}
	page := m.open("/settings/me?set=totp")
	m.wants(page, http.StatusOK, `class="qr"`, `<path class="qr-ink" d="M`)
	secret := first(t, secretField, page.body)
	if len(secret) < 32 {
		t.Errorf("the secret %q is short", secret)
	}
	if again := first(t, secretField, m.open("/settings/me?set=totp").body); again == secret {
		t.Error("the secret is the same again")
	}

	for _, wrong := range []string{"000000", "", "abcdef", code(t, memberSecret) + "0"} {
		a := m.post("/settings/me/totp", "secret", secret, "code", wrong)
		m.wants(a, http.StatusUnprocessableEntity, "not the code", `value="`+secret+`"`)
	}
	if m.person().HasTOTP {
		t.Fatal("a wrong code switched it on")
	}

	now := code(t, secret)
	done := m.post("/settings/me/totp", "secret", secret, "code", now[:3]+" "+now[3:])
	m.wants(done, http.StatusOK, "Recovery codes")
	if !m.person().HasTOTP || m.value(`SELECT totp_secret FROM staff WHERE email = $1`, m.email) != secret {
		t.Error("it is not on")
	}
	if strings.Contains(m.open("/settings/me").body, secret) {
		t.Error("the secret is shown later")
	}
	if step := m.value(`SELECT totp_last_step FROM staff WHERE email = $1`, m.email); step == "0" {
		t.Error("the code can be used once more")
	}
	codes := codesIn(done)
	if len(codes) != 10 || len(slices.Compact(slices.Sorted(slices.Values(codes)))) != 10 {
		t.Errorf("%d codes: %v", len(codes), codes)
	}
	if used, err := m.store.UseRecoveryCode(t.Context(), m.person().ID, codes[3], ""); err != nil || !used {
		t.Errorf("a recovery code does not work: %v", err)
	}
	if len(codesIn(m.open("/settings/me"))) > 0 {
		t.Error("the recovery codes are shown later")
	}
}

func codesIn(a answer) []string {
	var codes []string
	for _, found := range regexp.MustCompile(`<code>([A-Z2-7]{5}-[A-Z2-7]{5})</code>`).FindAllStringSubmatch(a.body, -1) {
		codes = append(codes, found[1])
	}
	return codes
}

func TestNewRecoveryCodesReplaceTheOldOnes(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Support)
	old, fresh := codesIn(m.post("/settings/me/recovery-codes")), codesIn(m.post("/settings/me/recovery-codes"))
	if len(old) != 10 || len(fresh) != 10 {
		t.Fatalf("%d and %d codes", len(old), len(fresh))
	}
	if used, err := m.store.UseRecoveryCode(t.Context(), m.person().ID, old[0], ""); err != nil || used {
		t.Errorf("an old code still works: %v", err)
	}
	if used, err := m.store.UseRecoveryCode(t.Context(), m.person().ID, fresh[0], ""); err != nil || !used {
		t.Errorf("a new code does not work: %v", err)
	}
	m.wants(m.post("/settings/me/totp/remove"), http.StatusSeeOther)
	m.wants(m.post("/settings/me/recovery-codes"), http.StatusUnprocessableEntity, "no authenticator app")
	if got := m.value(`SELECT count(*) FROM staff_recovery_codes`); got != "0" {
		t.Errorf("%s codes are left", got)
	}
}

func TestMadeUpSecretsAreRefused(t *testing.T) {
	t.Parallel()
	m := settled(t, access.Support)
	for _, secret := range []string{"AAAA", "not base32!", "", strings.Repeat("A", 400)} {
		m.wants(m.post("/settings/me/totp", "secret", secret, "code", "123456"), http.StatusBadRequest, "secret")
	}
	m.wants(m.post("/settings/me/totp/remove", "staff_id", otherID.String()), http.StatusBadRequest)
	if got := m.value(`SELECT totp_secret FROM staff WHERE email = $1`, m.email); got != memberSecret {
		t.Errorf("the secret is %q now", got)
	}
}
