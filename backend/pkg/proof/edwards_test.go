package proof

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"testing"

	"filippo.io/edwards25519"
)

// sharedSignature is one line of testdata/ed25519.json. Valid is what crypto/ed25519 says: verification without cofactor
// (R must be the encoding of [S]B - [k]A), S below the group's order, any encoding of any point as a key.
type sharedSignature struct {
	Key       []byte `json:"key"`
	Message   []byte `json:"message"`
	Signature []byte `json:"signature"`
	Valid     bool   `json:"valid"`
	Name      string `json:"name"`
}

// Where implementations of Ed25519 are known to differ: points of small order, points with a part of small order, other
// encodings of the same point, S beyond the order. Whoever verifies our receipts must agree with this one.
func TestSharedSignatures(t *testing.T) {
	var cases []sharedSignature
	add := func(name string, key, message, signature []byte) {
		valid := ed25519.Verify(key, message, signature)
		cases = append(cases, sharedSignature{bytes.Clone(key), message, bytes.Clone(signature), valid, name})
	}
	a, r := scalar(t, "a"), scalar(t, "r")
	small := smallOrder(t)
	keys := map[string]edKey{"honest": {scalar: a, bytes: new(edwards25519.Point).ScalarBaseMult(a).Bytes()}}
	order := []string{"honest"}
	for i, b := range small {
		name := fmt.Sprintf("small order %d", i)
		keys[name], order = edKey{scalar: edwards25519.NewScalar(), bytes: b}, append(order, name)
		if p, err := new(edwards25519.Point).SetBytes(b); err == nil && i < 8 {
			name = fmt.Sprintf("honest plus small order %d", i)
			p.Add(p, new(edwards25519.Point).ScalarBaseMult(a))
			keys[name], order = edKey{scalar: a, bytes: p.Bytes()}, append(order, name)
		}
	}
	for _, name := range order {
		key := keys[name]
		for i := range 6 {
			message := fmt.Appendf(nil, "message %d", i)
			add(name+", R honest", key.bytes, message, sign(t, key, r, new(edwards25519.Point).ScalarBaseMult(r).Bytes(), message))
			add(name+", R of small order", key.bytes, message, sign(t, key, edwards25519.NewScalar(), small[(i*5)%len(small)], message))
		}
	}
	honest, message := keys["honest"], []byte("message")
	good := sign(t, honest, r, new(edwards25519.Point).ScalarBaseMult(r).Bytes(), message)
	for i, b := range small {
		add(fmt.Sprintf("R of small order %d", i), honest.bytes, message, sign(t, honest, edwards25519.NewScalar(), b, message))
		if p, err := new(edwards25519.Point).SetBytes(b); err == nil {
			p.Add(p, new(edwards25519.Point).ScalarBaseMult(r))
			add(fmt.Sprintf("R plus small order %d", i), honest.bytes, message, sign(t, honest, r, p.Bytes(), message))
		}
	}
	add("S plus the order", honest.bytes, message, append(bytes.Clone(good[:32]), plusOrder(good[32:])...))
	add("S with high bits", honest.bytes, message, append(bytes.Clone(good[:63]), good[63]|0xe0))
	add("S is the order", honest.bytes, message, append(bytes.Clone(good[:32]), plusOrder(make([]byte, 32))...))
	add("nothing", honest.bytes, message, make([]byte, 64))
	add("not a point", append([]byte{2}, make([]byte, 31)...), message, good)
	add("another message", honest.bytes, []byte("other"), good)
	valid := 0
	for _, c := range cases {
		if c.Valid {
			valid++
		}
	}
	if valid < 30 || len(cases)-valid < 100 {
		t.Errorf("%d of %d valid", valid, len(cases))
	}
	checkShared(t, "ed25519.json", cases)
	var stored []sharedSignature
	check(t, json.Unmarshal(read(t, "ed25519.json"), &stored))
	for _, c := range stored {
		if ed25519.Verify(c.Key, c.Message, c.Signature) != c.Valid {
			t.Errorf("%s", c.Name)
		}
	}
}

type edKey struct {
	scalar *edwards25519.Scalar // of the key's part that is not of small order
	bytes  []byte
}

func scalar(t testing.TB, seed string) *edwards25519.Scalar {
	wide := sha512.Sum512([]byte(seed))
	s, err := edwards25519.NewScalar().SetUniformBytes(wide[:])
	check(t, err)
	return s
}

// sign makes the signature with this encoding of R that holds up to points of small order.
func sign(t testing.TB, key edKey, r *edwards25519.Scalar, encodedR, message []byte) []byte {
	wide := sha512.Sum512(append(append(bytes.Clone(encodedR), key.bytes...), message...))
	k, err := edwards25519.NewScalar().SetUniformBytes(wide[:])
	check(t, err)
	return append(bytes.Clone(encodedR), edwards25519.NewScalar().MultiplyAdd(k, key.scalar, r).Bytes()...)
}

// smallOrder lists the eight points of small order, each in its canonical encoding, then their other encodings.
func smallOrder(t testing.TB) [][]byte {
	// A point of order 8: its y solves the equation for T8 (RFC 7748's curve, in Edwards form).
	eighth := unhex(t, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
	p, err := new(edwards25519.Point).SetBytes(eighth)
	check(t, err)
	var all [][]byte
	sum := edwards25519.NewIdentityPoint()
	for range 8 {
		all = append(all, sum.Bytes())
		sum = new(edwards25519.Point).Add(sum, p)
	}
	for _, text := range []string{ // y = 1 and -1 with the sign of a zero x; y = p, p+1 for 0 and 1, with either sign
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	} {
		all = append(all, unhex(t, text))
	}
	return all
}

// plusOrder adds the order of the group to a little-endian number below it.
func plusOrder(s []byte) []byte {
	order := []byte{
		0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 31: 0x10,
	}
	carry := 0
	for i := range order {
		carry += int(order[i]) + int(s[i])
		order[i] = byte(carry)
		carry >>= 8
	}
	return order
}
