package domain

// Access says who may read documents, besides those who see who has signed.
type Access string

// The choices of who may read documents.
const (
	AccessAuthenticated Access = "authenticated" // everyone who is logged in
	AccessExpected      Access = "expected"      // those who were asked to sign, or have signed
)
