# The worker of docker-compose.yml. Node runs the TypeScript sources as they are: there is no build.
FROM node:24-slim

# Private certificate authorities of the system; the slim image has none.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Optional dependencies stay: the workflow bundler's native part is one of them.
RUN npm ci --omit=dev && npm cache clean --force
COPY LICENSE incentive-sync.example.yaml incentive-sync.schema.json ./
COPY docs/configuration.md docs/
COPY bin bin
COPY deploy deploy
COPY drizzle drizzle
COPY scripts scripts
COPY src src

# The configuration is looked for, and the little that a worker keeps is written, where it stands.
RUN install --directory --owner=node --group=node /data
WORKDIR /data
USER node
ENV NODE_ENV=production
ENTRYPOINT ["node", "/app/src/cli.ts"]
CMD ["start"]
