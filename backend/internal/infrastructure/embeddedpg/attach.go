package embeddedpg

// Attach returns the addresses of the server that another process runs in dataDir, for commands that work beside it.
// The answer is false, without error, when none is running and ready there. It starts and locks nothing.
func Attach(dataDir string) (DSNs, bool, error) {
	l, err := newLayout(dataDir)
	if err != nil {
		return DSNs{}, false, err
	}
	p, ok, err := readPidFile(l.cluster())
	if err != nil || !ok || !p.ready || !isPostmaster(p.pid, l.cluster()) {
		return DSNs{}, false, err
	}
	s, err := readState(l)
	if err != nil || !s.complete() {
		return DSNs{}, false, err
	}
	return makeDSNs(s, p.socketDir, p.port), true, nil
}
