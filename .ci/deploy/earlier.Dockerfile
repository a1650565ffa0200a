# An earlier Ackify without its web app, for the test of upgrades; the context is its folder backend.
FROM golang:1.26-trixie AS build
WORKDIR /src
COPY . ./
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=earlier" -o /app/ ./cmd/ackify ./cmd/migrate \
 && mkdir -p /volumes/ackify /volumes/ackify-checkpoints
FROM gcr.io/distroless/static-debian13:nonroot
COPY --from=build --chown=65532:65532 /volumes /var/lib
COPY --from=build /app /app
USER 65532:65532
HEALTHCHECK --interval=5s --timeout=6s --start-period=30s CMD ["/app/ackify", "health"]
ENTRYPOINT ["/app/ackify"]
CMD ["serve"]
