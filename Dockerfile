# The reference server as a fleet runs it. `docker compose up --wait` starts one.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/dev-postgres/package.json packages/dev-postgres/
COPY bench/package.json bench/
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build
RUN node deploy/production-manifest.js /production

# Apart from the build, so that no development dependency can stay behind.
FROM node:24-slim AS dependencies
WORKDIR /app
COPY --from=build /production ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app ./
COPY --from=build /app/dist ./dist
COPY deploy/healthcheck.js deploy/trial-mail.js deploy/trial-secrets.js ./deploy/
# What the server itself may write; `docker-compose.yml` keeps the secrets of a trial here.
RUN install --directory --owner=node --group=node --mode=0700 /secrets
USER node
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "deploy/healthcheck.js"]
CMD ["node", "dist/server/main.js"]
