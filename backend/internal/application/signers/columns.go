package signers

import (
	"strings"
	"unicode"
)

// column is what a column of a file holds.
type column int

const (
	columnOther column = iota
	columnEmail
	columnName
	columnFirst
	columnLast
	columnNotes
)

// headers are the names of columns in English, French, German, Spanish and Italian, as normalised.
var headers = map[column][]string{
	columnEmail: {
		"email", "emailaddress", "mail", "mailaddress", "address", "emails", "workemail", "businessemail", "primaryemail", "userprincipalname", "upn",
		"courriel", "adresseemail", "adressemail", "adressecourriel", "adresseelectronique", "adresse", "mel",
		"emailadresse", "mailadresse", "epost", "epostadresse",
		"correo", "correoelectronico", "direcciondecorreo", "direcciondecorreoelectronico", "direccion", "direccionemail",
		"posta", "postaelettronica", "indirizzo", "indirizzoemail", "indirizzodipostaelettronica", "indirizzomail",
	},
	columnName: {
		"name", "fullname", "displayname", "person", "signer",
		"nomcomplet", "nometprenom", "prenometnom", "nomprenom", "prenomnom", "personne", "signataire",
		"vollstandigername", "vollername", "anzeigename", "vorundnachname", "nameundvorname", "unterzeichner",
		"nombrecompleto", "nombreyapellidos", "nombreyapellido", "firmante",
		"nomecompleto", "nomeecognome", "cognomeenome", "firmatario",
	},
	columnFirst: {"firstname", "givenname", "forename", "prenom", "vorname", "nombre", "nombredepila", "nome"},
	columnLast: {
		"lastname", "surname", "familyname", "nom", "nomdefamille", "nachname", "familienname", "zuname", "apellido", "apellidos", "cognome",
	},
	columnNotes: {
		"note", "notes", "comment", "comments", "remark", "remarks",
		"remarque", "remarques", "commentaire", "commentaires",
		"notiz", "notizen", "bemerkung", "bemerkungen", "anmerkung", "kommentar",
		"nota", "notas", "comentario", "comentarios", "observaciones",
		"commento", "commenti", "osservazioni",
	},
}

var folding = strings.NewReplacer(
	"à", "a", "á", "a", "â", "a", "ä", "a", "ç", "c", "è", "e", "é", "e", "ê", "e", "ë", "e", "ì", "i", "í", "i", "î", "i", "ï", "i",
	"ñ", "n", "ò", "o", "ó", "o", "ô", "o", "ö", "o", "ù", "u", "ú", "u", "û", "u", "ü", "u", "ß", "ss",
)

// columnOf tells what a header names.
func columnOf(header string) column {
	name := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, folding.Replace(strings.ToLower(header)))
	for kind, names := range headers {
		for _, n := range names {
			if n == name {
				return kind
			}
		}
	}
	return columnOther
}

// layout is which column of a file is what; -1 for none.
type layout struct{ email, name, first, last, notes int }

// readRows makes rows of records: by the header, where the first one is one, else by what the columns hold.
func readRows(records []record) ([]Row, error) {
	if len(records) == 0 {
		return nil, errEmpty
	}
	l, header := layOut(records)
	if header {
		records = records[1:]
	}
	if l.email < 0 {
		return nil, errNoEmail
	}
	rows := make([]Row, len(records))
	for i, r := range records {
		rows[i] = Row{Number: r.number, Person: l.person(r.cells)}
		if !header {
			rows[i].Person = loosely(rows[i].Person, r.cells)
		}
	}
	return rows, nil
}

// layOut finds out which column is what, and whether the first record is a header.
func layOut(records []record) (l layout, header bool) {
	l, header = layoutOf(records[0].cells)
	if !header {
		return guess(records), false
	}
	if l.email < 0 {
		l.email = guess(records[1:]).email // its header is one that nobody knows
	}
	l.email = fullest(records, l.email)
	return l, true
}

// fullest is the column of addresses where several are called so: a postal address may stand before it.
func fullest(records []record, first int) int {
	if counted := counts(records[1:]); first >= 0 {
		for i, cell := range records[0].cells {
			if columnOf(cell) == columnEmail && counted[i] > counted[first] {
				first = i
			}
		}
	}
	return first
}

// counts are how many cells of each column hold an address.
func counts(records []record) map[int]int {
	found := map[int]int{}
	for _, r := range records {
		for i, cell := range r.cells {
			if strings.Contains(cell, "@") {
				found[i]++
			}
		}
	}
	return found
}

// layoutOf reads a header. A row that holds an address is none, nor is one of which no column is known.
func layoutOf(cells []string) (l layout, header bool) {
	l = layout{-1, -1, -1, -1, -1}
	places := map[column]*int{columnEmail: &l.email, columnName: &l.name, columnFirst: &l.first, columnLast: &l.last, columnNotes: &l.notes}
	for i, cell := range cells {
		if strings.Contains(cell, "@") {
			return l, false
		}
		if place := places[columnOf(cell)]; place != nil && *place < 0 {
			*place, header = i, true
		}
	}
	// Beside a first name a "Name" is the last name, as in German, and beside a last name the first.
	switch {
	case l.name >= 0 && l.first >= 0 && l.last < 0:
		l.name, l.last = -1, l.name
	case l.name >= 0 && l.last >= 0 && l.first < 0:
		l.name, l.first = -1, l.name
	}
	// "Nom" alone, and "nombre" and "nome" alone, are the whole name.
	if l.name < 0 && (l.first < 0) != (l.last < 0) {
		l.name, l.first, l.last = max(l.first, l.last), -1, -1
	}
	return l, header
}

// guess finds the column of addresses of a file without a header; of the others the first is the name, and the next the notes, unless they are the first
// and the last name.
func guess(records []record) layout {
	l := layout{-1, -1, -1, -1, -1}
	counted, width := counts(records), 0
	for _, r := range records {
		width = max(width, len(r.cells))
	}
	for i := range width {
		if counted[i] > 0 && (l.email < 0 || counted[i] > counted[l.email]) {
			l.email = i
		}
	}
	if l.email < 0 {
		return l
	}
	if width == 3 {
		if first, last, found := twoNames(records, l.email); found {
			l.first, l.last = first, last
			return l
		}
	}
	for i := range width {
		switch {
		case i == l.email:
		case l.name < 0:
			l.name = i
		case l.notes < 0:
			l.notes = i
		}
	}
	return l
}

// loosely finds the name that stands before or after an address in a list, whatever is between the two.
func loosely(p Person, cells []string) Person {
	if strings.ContainsAny(p.Email, `<>"`) || strings.Contains(p.Email, "@") && !strings.ContainsFunc(p.Email, isBetween) {
		return p
	}
	address, words := "", []string{}
	for _, word := range strings.FieldsFunc(strings.Join(cells, " "), isBetween) {
		switch {
		case !strings.Contains(word, "@"):
			words = append(words, word)
		case address != "":
			return p
		default:
			address = withoutGuard(word)
		}
	}
	if address == "" {
		return p
	}
	return Person{Email: address, Name: strings.Join(words, " ")}
}

// isBetween tells whether a character may stand between an address and a name.
func isBetween(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' }

// withoutGuard takes off the apostrophe that an export puts before what a spreadsheet would take for a formula.
func withoutGuard(cell string) string {
	if rest, guarded := strings.CutPrefix(cell, "'"); guarded && rest != "" && strings.ContainsRune("=+-@\t\r", rune(rest[0])) {
		return rest
	}
	return cell
}

func (l layout) person(cells []string) Person {
	cell := func(i int) string { return withoutGuard(cellAt(cells, i)) }
	name := cell(l.name)
	if name == "" {
		name = strings.TrimSpace(cell(l.first) + " " + cell(l.last))
	}
	return Person{Email: cell(l.email), Name: strings.Join(strings.Fields(name), " "), Notes: cell(l.notes)}
}

// cellAt is "" where there is none.
func cellAt(cells []string, i int) string {
	if i < 0 || i >= len(cells) {
		return ""
	}
	return cells[i]
}
