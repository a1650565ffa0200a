# Ackify in one image: the web app and the program are built from this checkout, and nothing but the program is kept.
# Where images come from a registry of one's own: --build-arg GO_IMAGE=… and so on.
ARG NODE_IMAGE=node:22-trixie-slim
ARG GO_IMAGE=golang:1.26-trixie
ARG BASE_IMAGE=gcr.io/distroless/static-debian13:nonroot

# Both stages run on the builder's own platform: the web app is the same for all, and Go compiles for any.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS web
WORKDIR /src/webapp
COPY webapp/package.json webapp/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund --loglevel=error
COPY webapp ./
RUN npm run --silent build

FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS build
WORKDIR /src/backend
COPY backend/go.mod backend/go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY backend ./
COPY --from=web /src/backend/internal/presentation/web/dist internal/presentation/web/dist
ARG TARGETOS TARGETARCH VERSION=development
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$VERSION" -o /image/app/ackify ./cmd/ackify \
 && ln -s ackify /image/app/migrate \
 && mkdir -p /image/var/lib/ackify /image/var/lib/ackify-checkpoints

FROM ${BASE_IMAGE}
ARG VERSION=development REVISION=unknown
LABEL org.opencontainers.image.title="Ackify" \
      org.opencontainers.image.description="Proves that a person has read a document" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build --chown=65532:65532 /image/var/lib /var/lib
COPY --from=build /image/app /app
ENV PATH=/app ACKIFY_LISTEN_ADDR=0.0.0.0:8080 ACKIFY_DATA_DIR=/var/lib/ackify ACKIFY_CHECKPOINT_FILE=/var/lib/ackify-checkpoints/checkpoints
USER 65532:65532
EXPOSE 8080
VOLUME ["/var/lib/ackify", "/var/lib/ackify-checkpoints"]
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 CMD ["/app/ackify", "health"]
ENTRYPOINT ["/app/ackify"]
CMD ["serve"]
