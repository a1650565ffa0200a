package api

import (
	"context"
	"net"
	"strings"

	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

// GetProbe shows `ackify doctor` what came through the proxy.
func (s *Server) GetProbe(ctx context.Context, request GetProbeRequestObject) (GetProbeResponseObject, error) {
	answer, asked := s.Probe.Answer(request.Params.XAckifyProbe, s.Clock())
	if !asked {
		return nil, errRouteNotFound
	}
	_, r := middleware.Exchange(ctx)
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return nil, err
	}
	hops := []string{}
	for _, hop := range strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",") {
		if hop = strings.TrimSpace(hop); hop != "" {
			hops = append(hops, hop)
		}
	}
	return GetProbe200JSONResponse{
		Answer: answer, Peer: peer, Client: middleware.Device(r).IPAddress, ForwardedFor: hops, ForwardedProto: r.Header.Get("X-Forwarded-Proto"),
		Host: r.Host, Version: s.Version,
	}, nil
}
