# The pages.
FROM node:22-alpine AS pages
WORKDIR /src/web/assets
COPY web/assets/package.json web/assets/package-lock.json web/assets/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web/assets ./
RUN npm run build

# The binary: static, no cgo.
FROM golang:1.26-alpine AS binary
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=pages /src/web/dist web/dist
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /anxin ./cmd/anxin && mkdir /data

# Nothing but the binary, as a user without rights. It brings its own time
# zones; the certificates are for mqtts:// and https:// peers.
FROM scratch
COPY --from=binary /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=binary /anxin /anxin
COPY --from=binary --chown=65532:65532 /data /data
USER 65532:65532
ENV ANXIN_DATA_DIR=/data ANXIN_HTTP_ADDR=:8080
VOLUME /data
EXPOSE 8080 1883
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["/anxin", "doctor", "--quiet"]
ENTRYPOINT ["/anxin"]
CMD ["serve"]
