package proof

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// badPayloads alter good, the payload of entry 1; the rest stays canonical unless the case says so.
func badPayloads(good string) []alteration {
	long := strings.Replace(good, "zoe@example.com", strings.Repeat("z", MaxSize), 1)
	return []alteration{
		{"white space", `{"at"`, `{ "at"`},
		{"line feed", `,"by"`, ",\n\"by\""},
		{"keys out of order", `"type":"expected","v":"1"`, `"v":"1","type":"expected"`},
		{"duplicate key", `,"v":"1"`, `,"v":"1","v":"1"`},
		{"duplicate nested key", `"id":"k7m2n4p8"`, `"id":"k7m2n4p8","id":"k7m2n4p8"`},
		{"duplicate key far away", `,"v":"1"`, `,"v":"1","at":"2026-11-21T09:00:01.000001Z"`},
		{"number", `"v":"1"`, `"v":1`},
		{"null", `"v":"1"`, `"v":"1","w":null`},
		{"boolean", `"v":"1"`, `"v":"1","w":true`},
		{"list of numbers", `"v":"1"`, `"v":"1","w":[1]`},
		{"list of lists", `"v":"1"`, `"v":"1","w":[["a"]]`},
		{"list of objects", `"v":"1"`, `"v":"1","w":[{}]`},
		{"trailing comma in list", `"v":"1"`, `"v":"1","w":["a",]`},
		{"unfinished list", `"v":"1"}`, `"v":"1","w":["a"`},
		{"trailing comma", `"v":"1"}`, `"v":"1",}`},
		{"leading comma", `{"at"`, `{,"at"`},
		{"escaped letter", `zoe@`, `\u007aoe@`},
		{"escaped slash", `zoe@`, `\/zoe@`},
		{"upper-case escape", `zoe@`, `\u001F@`},
		{"long escape", `zoe@`, `\u000a@`},
		{"unknown escape", `zoe@`, `\x@`},
		{"lone surrogate", `zoe@`, `\ud800@`},
		{"raw control character", `zoe@`, "\x01@"},
		{"invalid UTF-8", `zoe@`, "\xff@"},
		{"byte order mark", `{"at"`, "\ufeff{\"at\""},
		{"unfinished", `"v":"1"}`, `"v":"1`},
		{"unfinished escape", `"v":"1"}`, `"v":"\`},
		{"trailing data", `"v":"1"}`, `"v":"1"}x`},
		{"trailing line feed", `"v":"1"}`, "\"v\":\"1\"}\n"},
		{"two objects", `"v":"1"}`, `"v":"1"}{}`},
		{"missing colon", `"v":"1"`, `"v""1"`},
		{"unknown version", `"v":"1"`, `"v":"2"`},
		{"no version", `,"v":"1"`, ``},
		{"no type", `,"type":"expected"`, ``},
		{"no origin", `"origin":"sign.example.com/ledger",`, ``},
		{"signed seq", `"seq":"1"`, `"seq":"+1"`},
		{"seq with zeros", `"seq":"1"`, `"seq":"01"`},
		{"negative seq", `"seq":"1"`, `"seq":"-1"`},
		{"seq too large", `"seq":"1"`, `"seq":"9223372036854775808"`},
		{"no seq", `"seq":"1",`, ``},
		{"first seq with a predecessor", `"seq":"1"`, `"seq":"0"`},
		{"upper-case hash", `"prev_hash":"587861d2acaaa5`, `"prev_hash":"587861D2ACAAA5`},
		{"short hash", `"prev_hash":"58`, `"prev_hash":"`},
		{"no predecessor", `587861d2acaaa559f93a6d25815ec9e84c5f794fe4670f281cb8332afbfcb1e7`, strings.Repeat("0", 64)},
		{"short key id", `"key_id":"b2`, `"key_id":"`},
		{"time without microseconds", `:01.000001Z`, `:01Z`},
		{"time with zone", `:01.000001Z`, `:01.000001+00:00`},
		{"short nonce", `S/USLzRFVMU73i67jNK34w==`, `S/USLzRFVMU73i67jNK3`},
		{"unpadded nonce", `S/USLzRFVMU73i67jNK34w==`, `S/USLzRFVMU73i67jNK34w`},
		{"nonce with stray bits", `S/USLzRFVMU73i67jNK34w==`, `S/USLzRFVMU73i67jNK34x==`},
		{"nonce with line feed", `S/USLzRFVMU73i67jNK34w==`, `S/USLzRFVMU7\n3i67jNK34w==`},
		{"nonce in the other alphabet", `S/USLzRFVMU73i67jNK34w==`, `S_USLzRFVMU73i67jNK34w==`},
		{"doc that is no object", `{"id":"k7m2n4p8"}`, `"k7m2n4p8"`},
		{"email that is no string", `"zoe@example.com"`, `["zoe@example.com"]`},
		{"doc id that is no string", `"k7m2n4p8"`, `["k7m2n4p8"]`},
		{"too long", good, long},
		{"empty", good, ""},
		{"a list", good, `["a"]`},
		{"too deep", `"v":"1"`, `"v":"1","w":` + strings.Repeat(`{"a":`, maxDepth) + `"b"` + strings.Repeat(`}`, maxDepth)},
	}
}

func TestParsePayloadRefuses(t *testing.T) {
	v := loadVectors(t)
	for _, c := range badPayloads(v.Entries[1].Payload) {
		t.Run(c.name, func(t *testing.T) {
			altered := strings.Replace(v.Entries[1].Payload, c.old, c.new, 1)
			if altered == v.Entries[1].Payload {
				t.Fatal("nothing altered")
			}
			_, err := ParsePayload([]byte(altered))
			if wrong := (*InvalidError)(nil); !errors.As(err, &wrong) || strings.ContainsAny(wrong.Reason, "\n\x1b") {
				t.Errorf("%v", err)
			}
		})
	}
	for i, pair := range map[int][2]string{
		5:  {"mrXdMrMTX6JjRcHKpZm0EaCCmYlkEsWyiZ1xUOE5DWg=", "mrXdMrMTX6JjRcHKpZm0EaCCmYlkEsWyiZ1xUOE5"},
		10: {`["1","2","8"]`, `["1","x"]`},
		12: {`{"doc_id":"policy_2025","payload_hash":"abc","signature":"def"}`, `"row"`},
	} {
		if _, err := ParsePayload([]byte(strings.Replace(v.Entries[i].Payload, pair[0], pair[1], 1))); err == nil {
			t.Errorf("entry %d with %s: accepted", i, pair[1])
		}
	}
}

func TestParsePayloadAcceptsWhatItDoesNotKnow(t *testing.T) {
	known := loadVectors(t).Entries[1].Payload
	for name, altered := range map[string]string{
		"type":  strings.Replace(known, `"type":"expected"`, `"type":"witnessed"`, 1),
		"field": strings.Replace(known, `"v":"1"`, `"v":"1","w":{"":"","a":["",""],"b":[],"c":{}}`, 1),
		"shape": strings.Replace(strings.Replace(known, `"type":"expected"`, `"type":"x"`, 1), `{"id":"k7m2n4p8"}`, `["a"]`, 1),
	} {
		p, err := ParsePayload([]byte(altered))
		if err != nil || p.Known() != (name == "field") {
			t.Errorf("%s: %v, %v", name, p.Known(), err)
		}
	}
}

func ExampleEncode() {
	b, _ := Encode(Fields{"v": "1", "doc": Fields{"id": "k7m2n4p8", "title": ""}, "seqs": []string{"1", "2"}})
	fmt.Println(string(b))
	// Output: {"doc":{"id":"k7m2n4p8"},"seqs":["1","2"],"v":"1"}
}
