package access

// IntegrationRoles are the roles that an integration can have. Admin is not among them: a token is a word in a file, which
// proves nothing about who sends it and cannot be asked for a fresh proof, and with admin it could let in people, make
// tokens that outlive it, and archive what has no way back.
const IntegrationRoles = Viewer | Support | Billing | Operator
