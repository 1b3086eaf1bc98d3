# syntax=docker/dockerfile:1
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The `node` package is for machines whose own Node is older; this image's is the right one.
# No package runs anything while it is installed: what hashes passwords is built already, for each platform.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/node node_modules/.bin/node

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production DATA_DIR=/data CONFIG_DIR=/config HOST=0.0.0.0 MALLOC_ARENA_MAX=1 NODE_PRESERVE_SYMLINKS=1 NODE_COMPILE_CACHE=/app/.compiled
RUN mkdir /data /journal && chown node:node /data /journal
COPY --from=build /app/node_modules ./node_modules
COPY package.json ./
COPY views ./views
COPY src ./src
# What an operator runs beside it: backup, restore, keys, audit, configuration.
COPY scripts/command.ts scripts/backup.ts scripts/restore.ts scripts/rotate-keys.ts scripts/verify-audit.ts scripts/check-config.ts scripts/check-mail.ts scripts/reload.ts scripts/read-bounces.ts scripts/upgrade-report.ts ./scripts/
# Compiled here, by the flags of the start: the container finds all of it, and need not be able to write. The beginning
# itself is refused, since nothing is configured yet.
RUN ! node --min-semi-space-size=4 --max-semi-space-size=4 --initial-old-space-size=40 --heap-growing-percent=50 src/main.ts 2>/dev/null && node --min-semi-space-size=4 --max-semi-space-size=4 --initial-old-space-size=40 --heap-growing-percent=50 -e "for (const each of ['serve', 'app/entry-points', 'processes/index', 'storage/mongodb', 'credentials/strength-worker']) import('./src/' + each + '.ts')"
USER node
EXPOSE 3000
VOLUME /data
HEALTHCHECK --interval=10s --start-period=20s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT||3000}/health/ready`).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "--min-semi-space-size=4", "--max-semi-space-size=4", "--initial-old-space-size=40", "--heap-growing-percent=50", "src/main.ts"]
