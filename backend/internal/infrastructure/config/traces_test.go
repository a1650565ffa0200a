package config

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTracesAreSentWhereTheStandardVariablesSay(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "headers")
	if err := os.WriteFile(file, []byte("api-key=from%20file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		environ  []string
		endpoint string // "": off
		headers  map[string]string
	}{
		"nothing":                    {},
		"details only":               {environ: []string{"OTEL_SERVICE_NAME=x", "OTEL_TRACES_SAMPLER=odd", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}},
		"disabled":                   {environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", "OTEL_SDK_DISABLED=TRUE"}},
		"no exporter":                {environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", "OTEL_TRACES_EXPORTER=none"}},
		"not quite disabled":         {environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", "OTEL_SDK_DISABLED=1"}, endpoint: "http://c:4318/v1/traces"},
		"an exporter":                {environ: []string{"OTEL_TRACES_EXPORTER=otlp"}, endpoint: "http://localhost:4318/v1/traces"},
		"below a path":               {environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=https://c/otlp/"}, endpoint: "https://c/otlp/v1/traces"},
		"traces elsewhere":           {environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://d:1/x"}, endpoint: "http://d:1/x"},
		"another protocol elsewhere": {environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf"}, endpoint: "http://c:4318/v1/traces"},
		"headers": {
			environ:  []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20x=, b = c"},
			endpoint: "http://c:4318/v1/traces", headers: map[string]string{"authorization": "Bearer x=", "b": "c"},
		},
		"headers from a file": {
			environ:  []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", "OTEL_EXPORTER_OTLP_HEADERS=a=b", "OTEL_EXPORTER_OTLP_TRACES_HEADERS_FILE=" + file},
			endpoint: "http://c:4318/v1/traces", headers: map[string]string{"api-key": "from file"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Load(c.environ, true)
			if err != nil {
				t.Fatal(err)
			}
			switch e := got.Traces.Endpoint; {
			case (e == nil) != (c.endpoint == "") || e != nil && e.String() != c.endpoint:
				t.Errorf("sent to %v", e)
			case !maps.Equal(got.Traces.Headers, c.headers):
				t.Errorf("%v", got.Traces.Headers)
			}
		})
	}
}

func TestTracesThatCannotBeSentAreRefused(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://me:hunter2@c", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json",
		"OTEL_EXPORTER_OTLP_HEADERS=hunter2", "OTEL_EXPORTER_OTLP_TRACES_HEADERS=a b=hunter2", "OTEL_EXPORTER_OTLP_HEADERS=a=hunter2%zz", "OTEL_EXPORTER_OTLP_HEADERS=a=hunter2%0a",
		"OTEL_TRACES_EXPORTER=console", "OTEL_TRACES_SAMPLER=sometimes", "OTEL_RESOURCE_ATTRIBUTES=production",
	} {
		environ := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", wrong}
		if strings.HasPrefix(wrong, "OTEL_EXPORTER_OTLP_ENDPOINT=") {
			environ = environ[1:]
		}
		_, err := Load(environ, true)
		name, _, _ := strings.Cut(wrong, "=")
		var problems Problems
		if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Variable != name || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	_, err := Load([]string{"OTEL_TRACES_EXPORTER=otlp", "OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=10"}, true)
	if err == nil || !strings.Contains(err.Error(), "OTEL_TRACES_SAMPLER_ARG") {
		t.Error(err)
	}
}
