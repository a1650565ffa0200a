//go:build race

package failover

func init() { buildFlags = []string{"-race"} }
