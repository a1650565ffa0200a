package domain

import (
	"net/url"
	"slices"
	"strings"
)

// Service is a site where people keep documents.
type Service struct {
	ID   string // stable; names its icon
	Name string // as it calls itself
}

// site is how a service is recognised. A host is meant with all hosts under it.
type site struct {
	Service
	hosts []string
	path  func(path string, query url.Values) bool // nil: any
}

// sites are asked in this order: what is known by its host comes before what anybody may host.
var sites = []site{
	{Service{"google-docs", "Google Docs"}, []string{"docs.google.com"}, under("document")},
	{Service{"google-sheets", "Google Sheets"}, []string{"docs.google.com"}, under("spreadsheets")},
	{Service{"google-slides", "Google Slides"}, []string{"docs.google.com"}, under("presentation")},
	{Service{"google-drive", "Google Drive"}, []string{"drive.google.com", "docs.google.com"}, nil},
	{Service{"notion", "Notion"}, []string{"notion.so", "notion.site"}, nil},
	{Service{"confluence", "Confluence"}, []string{"atlassian.net"}, under("wiki")},
	{Service{"jira", "Jira"}, []string{"atlassian.net"}, nil},
	{Service{"sharepoint", "SharePoint"}, []string{"sharepoint.com"}, nil},
	{Service{"onedrive", "OneDrive"}, []string{"onedrive.live.com", "1drv.ms"}, nil},
	{Service{"dropbox", "Dropbox"}, []string{"dropbox.com"}, nil},
	{Service{"box", "Box"}, []string{"box.com"}, nil},
	{Service{"github", "GitHub"}, []string{"github.com"}, nil},
	{Service{"gitlab", "GitLab"}, []string{"gitlab.com"}, nil},
	{Service{"figma", "Figma"}, []string{"figma.com"}, nil},
	{Service{"miro", "Miro"}, []string{"miro.com"}, nil},
	{Service{"airtable", "Airtable"}, []string{"airtable.com"}, nil},
	{Service{"coda", "Coda"}, []string{"coda.io"}, nil},
	{Service{"quip", "Quip"}, []string{"quip.com"}, nil},
	{Service{"slab", "Slab"}, []string{"slab.com"}, nil},
	{Service{"outline", "Outline"}, []string{"getoutline.com"}, nil},
	{Service{"gitbook", "GitBook"}, []string{"gitbook.com", "gitbook.io"}, nil},
	{Service{"hackmd", "HackMD"}, []string{"hackmd.io"}, nil},
	{Service{"youtube", "YouTube"}, []string{"youtube.com", "youtu.be", "youtube-nocookie.com"}, nil},
	{Service{"vimeo", "Vimeo"}, []string{"vimeo.com"}, nil},
	{Service{"mediawiki", "Wikipedia"}, []string{"wikipedia.org"}, nil},
	{Service{"dokuwiki", "DokuWiki"}, nil, isDokuWiki},
	{Service{"xwiki", "XWiki"}, nil, isXWiki},
	{Service{"bookstack", "BookStack"}, nil, isBookStack},
	{Service{"nextcloud", "Nextcloud"}, nil, isNextcloud},
	{Service{"mediawiki", "MediaWiki"}, nil, isMediaWiki},
}

// ServiceOf tells which wiki or drive an absolute http or https address leads to. It looks at the address alone: a wiki on a host of its own
// is known by the paths its software uses, which is a guess.
func ServiceOf(address string) (Service, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return Service{}, false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	for _, s := range sites {
		at := func(name string) bool { return host == name || strings.HasSuffix(host, "."+name) }
		if s.hosts != nil && !slices.ContainsFunc(s.hosts, at) {
			continue
		}
		if s.path == nil || s.path(u.Path, u.Query()) {
			return s.Service, true
		}
	}
	return Service{}, false
}

// under accepts paths whose first part is the name.
func under(name string) func(string, url.Values) bool {
	return func(path string, _ url.Values) bool { return path == "/"+name || strings.HasPrefix(path, "/"+name+"/") }
}

// after returns what follows a part of the path, and whether it has it; parts is such as "/xwiki/bin/view/".
func after(path, parts string) (rest string, found bool) {
	_, rest, found = strings.Cut(path, parts)
	return rest, found && rest != ""
}

func isDokuWiki(path string, _ url.Values) bool {
	return strings.HasSuffix(path, "/doku.php") || strings.Contains(path, "/doku.php/")
}

func isXWiki(path string, _ url.Values) bool {
	_, found := after(path, "/xwiki/bin/view/")
	return found
}

func isBookStack(path string, _ url.Values) bool {
	rest, found := after(path, "/books/")
	book, page, inBook := strings.Cut(rest, "/page/")
	return found && inBook && book != "" && page != "" && !strings.Contains(book, "/")
}

// isNextcloud knows shares, /index.php/s/token and, where the server hides index.php, /s/token of 15 letters and digits, and its files.
func isNextcloud(path string, _ url.Values) bool {
	if rest, found := after(path, "/index.php/s/"); found {
		return isToken(rest)
	}
	if rest, found := strings.CutPrefix(path, "/s/"); found {
		token, _, _ := strings.Cut(rest, "/")
		return len(token) == 15 && isToken(token)
	}
	return path == "/apps/files" || strings.HasPrefix(path, "/apps/files/") || strings.Contains(path, "/index.php/apps/files")
}

func isToken(s string) bool {
	token, _, _ := strings.Cut(s, "/")
	return token != "" && !strings.ContainsFunc(token, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

func isMediaWiki(path string, query url.Values) bool {
	if strings.HasSuffix(path, "/index.php") && query.Get("title") != "" {
		return true
	}
	title, found := strings.CutPrefix(path, "/wiki/")
	return found && title != ""
}
