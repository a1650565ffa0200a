package postgres

// GuardLines lists what keeps the proof tables of a database append-only.
var GuardLines = guardsOf
