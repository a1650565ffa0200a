package domain

import (
	"encoding/base64"
	"encoding/json"
)

// DefaultPageSize is the number of items of a page when nobody asks for another.
const DefaultPageSize = 20

// PageRequest asks for one page of a list.
type PageRequest struct {
	Limit  int    // 1 to 100
	Cursor string // "" for the first page
	Query  string // words to search for
}

// Page is a part of a list. NextCursor is "" on the last page.
type Page[T any] struct {
	Items      []T
	NextCursor string
}

// NewPage cuts a list that was read with one item too many to the page size; cursor makes the position after an item.
func NewPage[T any](items []T, limit int, cursor func(T) any) Page[T] {
	if len(items) <= limit {
		return Page[T]{Items: items}
	}
	items = items[:limit]
	raw, err := json.Marshal(cursor(items[limit-1]))
	if err != nil {
		panic(err) // cursors are structs of strings, numbers and times
	}
	return Page[T]{Items: items, NextCursor: base64.RawURLEncoding.EncodeToString(raw)}
}

// DecodeCursor reads a position that NewPage made; the first page leaves into as it is.
func DecodeCursor(cursor string, into any) error {
	if cursor == "" {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return ErrBadCursor.Because(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return ErrBadCursor.Because(err)
	}
	return nil
}
