// Prints the caller's ARN and access key id: once, or every half second until it has seen as many key ids as its
// first argument says. With `fromHttp` as second argument, it uses only that credential provider.
const { STSClient, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");
const { fromHttp } = require("@aws-sdk/credential-provider-http");

async function main() {
  const wanted = Number(process.argv[2] || 1);
  const client = new STSClient(process.argv[3] === "fromHttp" ? { credentials: fromHttp({ maxRetries: 1 }) } : {});
  const seen = new Set();
  while (seen.size < wanted) {
    const { Arn } = await client.send(new GetCallerIdentityCommand({}));
    const { accessKeyId } = await client.config.credentials();
    seen.add(accessKeyId);
    console.log(`${Arn} ${accessKeyId}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
