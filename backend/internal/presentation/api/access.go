package api

import (
	"context"
	"slices"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

// rule says who may call an operation.
type rule struct {
	roles []domain.Role
	scope domain.Scope // what a personal token needs; "": none may, anyScope: every one may
}

const anyScope domain.Scope = "any"

var (
	everyone = []domain.Role{domain.RoleSigner, domain.RoleAuthor, domain.RoleAuditor, domain.RoleAdmin}
	changers = []domain.Role{domain.RoleSigner, domain.RoleAuthor, domain.RoleAdmin}
	readers  = []domain.Role{domain.RoleAuditor, domain.RoleAdmin}
	keepers  = []domain.Role{domain.RoleAuthor, domain.RoleAuditor, domain.RoleAdmin}
	admins   = []domain.Role{domain.RoleAdmin}
)

// access is the one place that says who may call what. An operation that is not here is open to everybody, and the contract says so
// (`security: []`); a test compares this table with the contract's `x-access`. Which documents and signatures somebody sees is the
// application's business.
var access = map[string]rule{
	"getMe":            {everyone, anyScope},
	"updateMe":         {everyone, ""},
	"changePassword":   {everyone, ""},
	"listMySessions":   {everyone, ""},
	"endSession":       {everyone, ""},
	"endOtherSessions": {everyone, ""},
	"listMyTokens":     {everyone, ""},
	"createToken":      {everyone, ""},
	"revokeMyToken":    {everyone, ""},

	"listDocuments":             {everyone, "documents:read"},
	"getDocument":               {everyone, "documents:read"},
	"createDocument":            {changers, "documents:write"},
	"previewDocument":           {changers, "documents:write"},
	"uploadDocument":            {changers, "documents:write"},
	"updateDocument":            {changers, "documents:write"},
	"deleteDocument":            {changers, "documents:write"},
	"restoreDocument":           {changers, "documents:write"},
	"openRevision":              {changers, "documents:write"},
	"listRevisions":             {everyone, "documents:read"},
	"getDifference":             {everyone, "documents:read"},
	"getContent":                {everyone, "documents:read"},
	"getRendition":              {everyone, "documents:read"},
	"listChecksumVerifications": {everyone, "documents:read"},
	"verifyChecksum":            {everyone, "documents:write"},
	"putDocumentMetadata":       {admins, "documents:write"},
	"listDocumentSignatures":    {everyone, "signatures:read"},
	"listMySignatures":          {everyone, "signatures:read"},
	"getReceipt":                {everyone, "signatures:read"},
	"getCertificate":            {everyone, "signatures:read"},
	"sign":                      {everyone, ""},

	"listSigners":         {everyone, "signatures:read"},
	"addSigners":          {changers, "signers:write"},
	"importSigners":       {changers, "signers:write"},
	"updateSigner":        {changers, "signers:write"},
	"withdrawSigner":      {changers, "signers:write"},
	"withdrawSigners":     {changers, "signers:write"},
	"exportSigners":       {everyone, "signatures:read"},
	"exportSignatures":    {everyone, "signatures:read"},
	"getStatus":           {everyone, "signatures:read"},
	"setDeadline":         {changers, "signers:write"},
	"listMyExpected":      {everyone, "documents:read"},
	"listDocumentGroups":  {everyone, "signatures:read"},
	"addGroup":            {changers, "signers:write"},
	"removeGroup":         {changers, "signers:write"},
	"listGroups":          {keepers, "signatures:read"},
	"createGroup":         {admins, "signers:write"},
	"renameGroup":         {admins, "signers:write"},
	"deleteGroup":         {admins, "signers:write"},
	"listMembers":         {keepers, "signatures:read"},
	"addMembers":          {admins, "signers:write"},
	"removeMember":        {admins, "signers:write"},
	"listReminders":       {everyone, "signatures:read"},
	"getReminder":         {everyone, "signatures:read"},
	"retryReminder":       {changers, "signers:write"},
	"cancelReminder":      {changers, "signers:write"},
	"remind":              {changers, "signers:write"},
	"previewReminder":     {everyone, "signatures:read"},
	"countReminding":      {everyone, "signatures:read"},
	"getReminderSchedule": {everyone, "signatures:read"},
	"setReminderSchedule": {changers, "signers:write"},
	"listEmails":          {readers, "admin"},
	"getEmail":            {readers, "admin"},
	"retryEmail":          {admins, "admin"},
	"retryEmails":         {admins, "admin"},
	"cancelEmail":         {admins, "admin"},

	"listUsers":              {readers, "admin"},
	"updateUser":             {admins, "admin"},
	"sendPasswordReset":      {admins, ""}, // its answer may open anybody's account
	"listInvitations":        {readers, "admin"},
	"invite":                 {admins, "admin"},
	"withdrawInvitation":     {admins, "admin"},
	"listAudit":              {readers, "admin"},
	"exportAudit":            {readers, "admin"},
	"getLedger":              {readers, "admin"},
	"checkLedger":            {admins, "admin"},
	"getSettings":            {readers, "admin"},
	"testSettings":           {admins, "admin"},
	"listErasureRequests":    {readers, "admin"},
	"requestErasure":         {admins, "admin"},
	"withdrawErasureRequest": {admins, "admin"},
}

var errScope = domain.E(domain.KindForbidden, "token.scope_missing", "This token has not the scope that this needs; no personal token signs or manages its owner's account.")

// authorize refuses whoever may not call an operation.
func authorize(ctx context.Context, operation string) error {
	session, err := middleware.Session(ctx)
	if err != nil {
		return err
	}
	r, known := access[operation]
	switch {
	case !known || !slices.Contains(r.roles, session.User.Role):
		return domain.ErrForbidden
	case session.Grant != domain.GrantAPIToken || r.scope == anyScope:
		return nil
	case r.scope == "" || !slices.Contains(session.Scopes, r.scope):
		return errScope
	}
	return nil
}
