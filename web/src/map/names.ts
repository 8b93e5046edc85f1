// Names of systems as their makers write them; keys are OpenTelemetry's db.system and messaging.system.
// Source: https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/
const systems: Readonly<Record<string, string>> = {
  postgresql: "PostgreSQL",
  mysql: "MySQL",
  mariadb: "MariaDB",
  mongodb: "MongoDB",
  redis: "Redis",
  memcached: "Memcached",
  elasticsearch: "Elasticsearch",
  opensearch: "OpenSearch",
  cassandra: "Cassandra",
  clickhouse: "ClickHouse",
  dynamodb: "DynamoDB",
  "aws.dynamodb": "DynamoDB",
  mssql: "SQL Server",
  "microsoft.sql_server": "SQL Server",
  oracle: "Oracle",
  sqlite: "SQLite",
  kafka: "Kafka",
  rabbitmq: "RabbitMQ",
  aws_sqs: "SQS",
  sqs: "SQS",
  aws_sns: "SNS",
  nats: "NATS",
  pulsar: "Pulsar",
  http: "HTTP",
  grpc: "gRPC",
};

/** The system behind an inferred node, for people. */
export function systemName(system: string): string {
  return systems[system] ?? system;
}
