package config

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// rawTraces are the variables that OpenTelemetry has given their names, as far as Ackify looks at them itself. Others (time-outs, certificates,
// compression, batches) are read by its library.
type rawTraces struct {
	Endpoint       string `env:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	TracesEndpoint string `env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"`
	Headers        string `env:"OTEL_EXPORTER_OTLP_HEADERS"`
	TracesHeaders  string `env:"OTEL_EXPORTER_OTLP_TRACES_HEADERS"`
	Protocol       string `env:"OTEL_EXPORTER_OTLP_PROTOCOL" envDefault:"http/protobuf"`
	TracesProtocol string `env:"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"`
	Exporter       string `env:"OTEL_TRACES_EXPORTER"`
	Sampler        string `env:"OTEL_TRACES_SAMPLER" envDefault:"parentbased_always_on"`
	SamplerArg     string `env:"OTEL_TRACES_SAMPLER_ARG"`
	Service        string `env:"OTEL_SERVICE_NAME" envDefault:"ackify"`
	Attributes     string `env:"OTEL_RESOURCE_ATTRIBUTES"`
	Disabled       string `env:"OTEL_SDK_DISABLED"` // "true" in any case; everything else is false, as OpenTelemetry says
}

// Traces says where traces are sent.
type Traces struct {
	Endpoint *url.URL          // complete; nil: there are none
	Headers  map[string]string // sent along
}

var samplers = []string{
	"always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio",
}

// traces are sent once it is said where to, or that they should be. Otherwise nothing that is wrong matters: the variables may be meant for others.
func (r *reader) traces(in rawTraces) (t Traces) {
	exporter := strings.TrimSpace(in.Exporter)
	asked := exporter == "otlp" || exporter == "" && in.Endpoint+in.TracesEndpoint != ""
	switch {
	case strings.EqualFold(strings.TrimSpace(in.Disabled), "true") || exporter == "none" || exporter == "" && !asked:
		return t
	case !asked:
		r.wrong("OTEL_TRACES_EXPORTER", "is neither otlp nor none", "otlp")
		return t
	}
	t.Endpoint = r.tracesEndpoint(in)
	r.tracesProtocol("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", in.TracesProtocol)
	if in.TracesProtocol == "" {
		r.tracesProtocol("OTEL_EXPORTER_OTLP_PROTOCOL", in.Protocol)
	}
	t.Headers = r.tracesHeaders("OTEL_EXPORTER_OTLP_HEADERS", in.Headers)
	if in.TracesHeaders != "" {
		t.Headers = r.tracesHeaders("OTEL_EXPORTER_OTLP_TRACES_HEADERS", in.TracesHeaders)
	}
	if !slices.Contains(samplers, in.Sampler) {
		r.wrong("OTEL_TRACES_SAMPLER", "is not one of "+strings.Join(samplers, ", "), "parentbased_traceidratio")
	}
	if in.SamplerArg != "" && strings.HasSuffix(in.Sampler, "traceidratio") {
		if share, err := strconv.ParseFloat(in.SamplerArg, 64); err != nil || !(share >= 0 && share <= 1) {
			r.wrong("OTEL_TRACES_SAMPLER_ARG", "is not a number from 0 to 1", "0.1")
		}
	}
	for _, pair := range strings.Split(in.Attributes, ",") {
		if key, _, found := strings.Cut(pair, "="); strings.TrimSpace(pair) != "" && (!found || strings.TrimSpace(key) == "") {
			r.wrong("OTEL_RESOURCE_ATTRIBUTES", "is not a list of name=value", "deployment.environment.name=production")
			break
		}
	}
	return t
}

// tracesEndpoint takes the address for traces as it is, and adds their path to the one for everything.
func (r *reader) tracesEndpoint(in rawTraces) *url.URL {
	name, address := "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", in.TracesEndpoint
	if address == "" {
		name, address = "OTEL_EXPORTER_OTLP_ENDPOINT", in.Endpoint
	}
	if address == "" {
		address = "http://localhost:4318"
	}
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		r.wrong(name, "is not an http or https address without user, query and fragment", "http://localhost:4318")
		return nil
	}
	if in.TracesEndpoint == "" {
		return u.JoinPath("v1", "traces")
	}
	return u
}

func (r *reader) tracesProtocol(name, protocol string) {
	if protocol != "" && protocol != "http/protobuf" {
		r.wrong(name, "is a protocol that Ackify does not speak; a collector takes http/protobuf, usually on port 4318", "http/protobuf")
	}
}

// tracesHeaders reads name=value,name=value; values may be percent-encoded (W3C Baggage). Nothing of a value is in what is said to be wrong.
func (r *reader) tracesHeaders(variable, s string) map[string]string {
	headers := map[string]string{}
	for _, pair := range strings.Split(s, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, found := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !found || err != nil || !isToken(name) || strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			r.wrong(variable, "is not a list of name=value, with values percent-encoded where they have to be", "authorization=Bearer%20…")
			return nil
		}
		headers[name] = value
	}
	return headers
}

// isToken tells whether s can name a header (RFC 9110, 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
	})
}
