package domain

// Access says who may read and sign a document.
type Access string

// Who that can be.
const (
	AccessAuthenticated Access = "authenticated" // whoever is logged in
	AccessExpected      Access = "expected"      // who is asked to sign
)
