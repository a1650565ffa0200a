// Package tileclient reads a ledger that is published as C2SP tlog-tiles.
package tileclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Client is a tlog.TileReader over HTTP. It believes nothing: tlog.TileHashReader checks what it brings.
type Client struct {
	ctx  context.Context //nolint:containedctx // tlog.TileReader has no room for one
	base string
	http *http.Client
	err  error
}

const (
	tileHeight = 8
	// attempts is how often a tile is asked for while the server answers 5xx, or not at all.
	attempts = 3
)

// New makes a client for the ledger published at an http or https address. Every request ends with ctx.
func New(ctx context.Context, base string) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q is not the http or https address of a ledger", base)
	}
	return &Client{ctx: ctx, base: strings.TrimRight(base, "/"), http: &http.Client{Timeout: 30 * time.Second}}, nil
}

// Err is why tiles could not be had: nothing was proven or disproven then.
func (c *Client) Err() error { return c.err }

// Height implements tlog.TileReader.
func (c *Client) Height() int { return tileHeight }

// SaveTiles implements tlog.TileReader; nothing is kept.
func (c *Client) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles implements tlog.TileReader.
func (c *Client) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	content := make([][]byte, len(tiles))
	for i, tile := range tiles {
		var err error
		if content[i], err = c.read(tile); err != nil {
			c.err = err
			return nil, err
		}
	}
	return content, nil
}

func (c *Client) read(tile tlog.Tile) (content []byte, err error) {
	for range attempts {
		var again bool
		content, again, err = c.get(c.base + "/" + Path(tile))
		if err == nil && len(content) != tile.W*tlog.HashSize {
			err = fmt.Errorf("%s/%s is no tile: is this the address of a ledger?", c.base, Path(tile))
		}
		if err == nil || !again || c.ctx.Err() != nil {
			return content, err
		}
	}
	return nil, err
}

// Path is where a hash tile is, below the ledger's address.
func Path(tile tlog.Tile) string {
	// tlog puts the height, which tlog-tiles fixes, in front.
	return "tile/" + strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
}

func (c *Client) get(address string) (content []byte, again bool, err error) {
	request, err := http.NewRequestWithContext(c.ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, false, err
	}
	request.Header.Set("User-Agent", "ackify verify")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, true, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		return nil, response.StatusCode >= http.StatusInternalServerError, fmt.Errorf("%s answered %s", address, response.Status)
	}
	const largest = tlog.HashSize << tileHeight
	content, err = io.ReadAll(io.LimitReader(response.Body, largest+1))
	return content, err != nil, err
}
