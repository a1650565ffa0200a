package embeddedpg

import "os"

// longestSocketDir leaves room for "/.s.PGSQL.65535" in the 104 bytes that macOS allows (Linux: 108).
const longestSocketDir = 85

// socketDir returns where the server puts its socket: the cluster's directory, or where that path is too long, a
// private directory in os.TempDir. remembered is the one of the last start.
func (a account) socketDir(cluster, remembered string) (string, error) {
	if len(cluster) <= longestSocketDir {
		return cluster, nil
	}
	if a.isPrivate(remembered) {
		return remembered, nil
	}
	dir, err := os.MkdirTemp("", "ackify-")
	if err != nil {
		return "", err
	}
	return dir, a.own(dir)
}

// isPrivate tells whether dir is a directory, not a link, that belongs to the account and to nobody else: in /tmp
// anyone may have made it.
func (a account) isPrivate(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil {
		return false
	}
	uid, _ := ownerOf(info)
	return info.Mode() == os.ModeDir|0o700 && uid == a.uid
}
