# An image of one stage, 2 or later:
#
#   docker build --build-arg STAGE=stage-07-observability --tag medcenter .
#   docker run --read-only --volume medcenter:/data --publish 127.0.0.1:3000:3000 medcenter
#
# What it needs beside it, such as DATABASE_URL, it is told by --env; nothing of that is in the image.
# docs/decisions/0028-a-container-image.md has the reasons.

FROM node:24.21.0-slim AS sources
WORKDIR /build/app
# .dockerignore lets in what a running stage reads, and nothing else.
COPY . ./
# A stage stands on those before it, and on no later one. What says which packages they want is put apart.
ARG STAGE=stage-07-observability
RUN mkdir ../data ../manifests \
    && cp package.json package-lock.json .npmrc ../manifests \
    && wanted=yes \
    && for folder in stage-*; do \
        if [ "$wanted" = yes ]; \
        then mkdir "../manifests/$folder" && cp "$folder/package.json" "../manifests/$folder"; \
        else rm -r "$folder"; fi; \
        if [ "$folder" = "$STAGE" ]; then wanted=no; fi; \
    done \
    && [ "$wanted" = no ]

# A change of the sources alone leaves this as it was: nothing is installed anew.
FROM node:24.21.0-slim AS packages
WORKDIR /app
COPY --from=sources /build/manifests ./
# No package that a running stage needs has an install script that it needs.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24.21.0-slim
ARG STAGE=stage-07-observability
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    SQLITE_FILE=/data/medcenter.db \
    EVENTS_FILE=/data/events.db \
    SPANS_FOLDER=/data/spans \
    DATA_FILE=/data/patients.json \
    TMPDIR=/data
COPY --from=packages /app /app
COPY --from=sources /build/app /app
# The one place that the program writes to, also what it needs for a moment.
COPY --from=sources --chown=1000:1000 /build/data /data
WORKDIR /app/$STAGE
# Who is "node" in this image. A number can be seen not to be root by who runs it.
USER 1000:1000
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is told to end: npm would not pass it on.
ENTRYPOINT ["node", "src/main.ts"]
