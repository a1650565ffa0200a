package signers_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/ackify/ackify/backend/internal/application/signers"
	"github.com/ackify/ackify/backend/internal/domain"
)

// utf16Text is a text as Windows writes it, with its byte order mark.
func utf16Text(s string, big bool) string {
	var out strings.Builder
	for _, unit := range append([]uint16{0xfeff}, utf16.Encode([]rune(s))...) {
		low, high := byte(unit), byte(unit>>8)
		if big {
			low, high = high, low
		}
		out.WriteByte(low)
		out.WriteByte(high)
	}
	return out.String()
}

func TestFilesOfEveryKindAreRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file string
		want string // number email|name|notes, one a line
	}{
		"commas and a header":          {"email,name,notes\nada@example.com,Ada,first\n", "2 ada@example.com|Ada|first"},
		"a byte order mark":            {"\ufeffemail\nada@example.com\n", "2 ada@example.com||"},
		"semicolons, in French":        {"Nom;Prénom;Adresse e-mail\r\nDurand;Élise;elise@example.com\r\n", "2 elise@example.com|Élise Durand|"},
		"Windows-1252":                 {"Nom;Pr\xe9nom;Courriel\r\nDurand;\xc9lise;elise@example.com\r\n", "2 elise@example.com|Élise Durand|"},
		"UTF-16, little end first":     {utf16Text("Vorname\tNachname\tE-Mail-Adresse\nJürgen\tGroß\tj@example.com", false), "2 j@example.com|Jürgen Groß|"},
		"UTF-16, big end first":        {utf16Text("email\nada@example.com", true), "2 ada@example.com||"},
		"tabs, in Spanish":             {"Nombre\tApellidos\tCorreo electrónico\nAna\tGarcía\tana@example.com", "2 ana@example.com|Ana García|"},
		"in Italian":                   {"Cognome,Nome,Posta elettronica,Osservazioni\nRossi,Anna,anna@example.com,Milano", "2 anna@example.com|Anna Rossi|Milano"},
		"nome alone is the whole name": {"nome,email\nAnna Rossi,anna@example.com", "2 anna@example.com|Anna Rossi|"},
		"Name beside Vorname":          {"Name;Vorname;E-Mail\nGroß;Jürgen;j@example.com", "2 j@example.com|Jürgen Groß|"},
		"a name beside both":           {"Name,First name,Last name,Email\nAda L.,Ada,Lovelace,ada@example.com", "2 ada@example.com|Ada L.|"},
		"no header":                    {"Ada Lovelace,ada@example.com\nBob,bob@example.com", "1 ada@example.com|Ada Lovelace|\n2 bob@example.com|Bob|"},
		"no header, notes":             {"ada@example.com;Ada;her notes", "1 ada@example.com|Ada|her notes"},
		"no header, two names":         {"Ada,Lovelace,ada.lovelace@example.com\nJean-Paul,de la Tour,jp@example.com", "1 ada.lovelace@example.com|Ada Lovelace|\n2 jp@example.com|Jean-Paul de la Tour|"},
		"no header, last name first":   {"Groß;juergen.gross@example.com;Jürgen\nKing;a.king@example.com;Ada", "1 juergen.gross@example.com|Jürgen Groß|\n2 a.king@example.com|Ada King|"},
		"no header, initials":          {"elise@example.com;Élise;Durand\njroe@example.com;Jane;Roe\ndoej@example.com;Jane;Doe", "1 elise@example.com|Élise Durand|\n2 jroe@example.com|Jane Roe|\n3 doej@example.com|Jane Doe|"},
		"no header, departments":       {"Ada,Sales,ada.lovelace@example.com\nBob,Finance,bob.king@example.com", "1 ada.lovelace@example.com|Ada|Sales\n2 bob.king@example.com|Bob|Finance"},
		"no header, numbers":           {"Ada,Lovelace,ada.lovelace@example.com\nBob,King 2,bob.king@example.com", "1 ada.lovelace@example.com|Ada|Lovelace\n2 bob.king@example.com|Bob|King 2"},
		"no header, three others":      {"Ada,Lovelace,Sales,ada.lovelace@example.com", "1 ada.lovelace@example.com|Ada|Lovelace"},
		"one column":                   {"ada@example.com\n\nbob@example.com\n", "1 ada@example.com||\n3 bob@example.com||"},
		"one column with a header":     {"E-mail\nada@example.com", "2 ada@example.com||"},
		"a postal address before it":   {"Name;Adresse;E-Mail\nAda;Rue 1;ada@example.com\nBob;Rue 2;bob@example.com", "2 ada@example.com|Ada|\n3 bob@example.com|Bob|"},
		"a header that nobody knows":   {"Name,Privat\nAda,ada@example.com", "2 ada@example.com|Ada|"},
		"quotes, newlines, blank rows": {"name,email\n\n\"Love\nlace, \"\"Ada\"\"\",ada@example.com\n ,\nBob,bob@example.com", "3 ada@example.com|Love lace, \"Ada\"|\n5 bob@example.com|Bob|"},
		"a space before quotes":        {"email, name\nada@example.com, \"Ada, L.\"", "2 ada@example.com|Ada, L.|"},
		"Excel's directive":            {"sep=;\nemail;name\nada@example.com;Ada", "2 ada@example.com|Ada|"},
		"carriage returns alone":       {"email\rada@example.com\rbob@example.com", "2 ada@example.com||\n3 bob@example.com||"},
		"a pasted list":                {"Ada Lovelace <ada@example.com>, bob@example.com;", "1 Ada Lovelace <ada@example.com>||\n2 bob@example.com||"},
		"a pasted list, commas":        {"Ada Lovelace <ada@example.com>, bob@example.com", "1 Ada Lovelace <ada@example.com>||\n2 bob@example.com||"},
		"a pasted list of Outlook":     {"Doe, Jane <jane@example.com>; Roe, Richard <r@example.com>", "1 Doe, Jane <jane@example.com>||\n2 Roe, Richard <r@example.com>||"},
		"a pasted list, one a line":    {"\"Doe, Jane\" <jane@example.com>\nRoe, Richard <r@example.com>\n", "1 \"Doe, Jane\" <jane@example.com>||\n2 Roe, Richard <r@example.com>||"},
		"addresses alone":              {"ada@example.com; bob@example.com", "1 ada@example.com||\n2 bob@example.com||"},
		"what is wrong stays":          {"email\nnot-an-email\nada@example.com", "2 not-an-email||\n3 ada@example.com||"},
		"what an export guards":        {"email,name,notes\n'+plus@example.com,'=Ada,'-\n'o'hara@example.com,'Ada,'", "2 +plus@example.com|=Ada|-\n3 'o'hara@example.com|'Ada|'"},
		"names before and after addresses": {
			"Carol Weiß carol@example.com\ndan@example.com Dan de Groot\neve@example.com\tEve\nfay@example.com; Fay\nGus, gus@example.com\nhal@example.com,Hal\nivy@example.com",
			"1 carol@example.com|Carol Weiß|\n2 dan@example.com|Dan de Groot|\n3 eve@example.com|Eve|\n4 fay@example.com|Fay|\n5 gus@example.com|Gus|\n6 hal@example.com|Hal|\n7 ivy@example.com||",
		},
		"a name after an address":  {"carol@example.com Carol Weiß", "1 carol@example.com|Carol Weiß|"},
		"a name after a tab":       {"carol@example.com\tCarol Weiß", "1 carol@example.com|Carol Weiß|"},
		"a name after a semicolon": {"carol@example.com; Carol Weiß", "1 carol@example.com|Carol Weiß|"},
		"two addresses and a name": {"a@example.com b@example.com Ada", "1 a@example.com b@example.com Ada||"},
		"a row that is too short":  {"name,email\nAda\nBob,bob@example.com", "2 |Ada|\n3 bob@example.com|Bob|"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, err := signers.ReadFile([]byte(c.file))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range rows {
				got = append(got, fmt.Sprintf("%d %s|%s|%s", r.Number, r.Person.Email, r.Person.Name, r.Person.Notes))
			}
			if strings.Join(got, "\n") != c.want {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), c.want)
			}
		})
	}
}

func TestFilesThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	people := func(n int) string {
		var out strings.Builder
		for i := range n {
			fmt.Fprintf(&out, "p%d@example.com\n", i)
		}
		return out.String()
	}
	for name, c := range map[string]struct{ file, code string }{
		"nothing":                {"", "import.empty"},
		"blank lines":            {"\n \n\t\n", "import.empty"},
		"a header alone":         {"email,name\n", "import.empty"},
		"no column of addresses": {"name,department\nAda,Sales\n", "import.no_email_column"},
		"words":                  {"Ada\nBob\n", "import.no_email_column"},
		"a picture":              {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "import.not_text"},
		"a workbook":             {"PK\x03\x04\x14\x00\x06\x00", "import.not_text"},
		"half a UTF-16 text":     {"\xff\xfea", "import.not_text"},
		"a broken UTF-8 text":    {"\xef\xbb\xbfemail\n\xe9", "import.not_text"},
		"quotes without end":     {"email,name\nada@example.com,\"Ada", "import.quotes"},
		"10,001 rows":            {people(10_001), "import.too_many_rows"},
		"10,001 and a header":    {"email\n" + people(10_001), "import.too_many_rows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := signers.ReadFile([]byte(c.file)); domain.AsError(err).Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
	if rows, err := signers.ReadFile([]byte("email\n" + people(10_000))); err != nil || len(rows) != 10_000 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestAddressesAsPeoplePasteThem(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ada@example.com":                               "ada@example.com|",
		"  ADA@Example.COM\u00a0":                       "ada@example.com|",
		"<ada@example.com>":                             "ada@example.com|",
		"Ada Lovelace <Ada@example.com>":                "ada@example.com|Ada Lovelace",
		`"Lovelace, \"Ada\"" <ada@example.com>`:         `ada@example.com|Lovelace, "Ada"`,
		"'Ada' <ada@example.com>":                       "ada@example.com|Ada",
		"mailto:ada@example.com":                        "ada@example.com|",
		"jürgen <j@müller.example>":                     "j@xn--mller-kva.example|jürgen",
		"info@例え.テスト":                                   "info@xn--r8jz45g.xn--zckzah|",
		"o'hara+news@example.com":                       "o'hara+news@example.com|",
		"not-an-email":                                  "email.no_at",
		"":                                              "email.invalid",
		"ada@":                                          "email.domain",
		"@example.com":                                  "email.invalid",
		"ada lovelace@example.com":                      "email.characters",
		`"ada lovelace"@example.com`:                    "email.characters",
		"ada@example.com\nBcc: eve@example.com":         "email.line_break",
		"Ada\r\nBcc: eve@example.com <ada@example.com>": "name.invalid",
		"ada@example.com>":                              "email.characters",
		"élise@example.com":                             "email.accents",
		"ada..lovelace@example.com":                     "email.dots",
		".ada@example.com":                              "email.dots",
		"ada(work)@example.com":                         "email.characters",
		strings.Repeat("a", 65) + "@example.com":        "email.too_long",
		"ada@example..com":                              "email.dots",
		"ada@exa_mple.com":                              "email.domain",
		"ada@münchen..de":                               "email.dots",
		strings.Repeat("a", 64) + "@" + strings.Repeat("b.", 120) + "example.com": "email.too_long",
		strings.Repeat("n", 201) + " <ada@example.com>":                           "name.invalid",
	} {
		email, name, err := signers.ParseAddress(in)
		got := string(email) + "|" + name
		if err != nil {
			got = domain.AsError(err).Code
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}
