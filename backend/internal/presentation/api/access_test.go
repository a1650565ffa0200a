package api

import (
	"slices"
	"strings"
	"testing"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Who may call what is said in the contract and in a table; they say the same, of every operation.
func TestTheTableOfAccessIsTheContracts(t *testing.T) {
	t.Parallel()
	spec, err := GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for path, item := range spec.Paths.Map() {
		for method, operation := range item.Operations() {
			id := strings.ToLower(operation.OperationID[:1]) + operation.OperationID[1:]
			seen[id] = true
			says, limited := operation.Extensions["x-access"].(map[string]any)
			open := operation.Security != nil && len(*operation.Security) == 0
			if open == limited || operation.Security != nil && !open {
				t.Errorf("%s %s: the contract does not say who may call it", method, path)
				continue
			}
			have, known := access[id]
			if known != limited {
				t.Errorf("%s: in the table %v, in the contract %v", id, known, limited)
			}
			if !limited {
				continue
			}
			var roles []domain.Role
			for _, role := range says["roles"].([]any) {
				roles = append(roles, domain.Role(role.(string)))
			}
			scope, _ := says["scope"].(string)
			slices.Sort(roles)
			table := slices.Sorted(slices.Values(have.roles))
			if !slices.Equal(roles, table) || domain.Scope(scope) != have.scope || len(says) > 2 {
				t.Errorf("%s: %v in the contract, %v in the table", id, says, have)
			}
			if scope != "" && scope != string(anyScope) && !slices.Contains(domain.Scopes, domain.Scope(scope)) {
				t.Errorf("%s needs the scope %s, which nobody has", id, scope)
			}
		}
	}
	for id := range access {
		if !seen[id] {
			t.Errorf("%s is in the table, not in the contract", id)
		}
	}
}
