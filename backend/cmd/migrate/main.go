// Command migrate changes the schema of Ackify's database.
package main

import (
	"os"

	"github.com/ackify/ackify/backend/cmd/internal/migrate"
)

func main() { os.Exit(migrate.Main(os.Args[1:])) }
