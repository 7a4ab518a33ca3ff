// SPDX-License-Identifier: MPL-2.0

// Microsoft's own Node SDK against the emulator, which it reaches by the
// environment alone: HTTPS_PROXY and NODE_EXTRA_CA_CERTS. Prints what it got as
// JSON, for the caller to judge.
//
//   node client.mjs <cluster> <tenant> <application> <database> <command>…
//
// The application's secret is KUSTO_CLIENT_SECRET.
import { Client, KustoConnectionStringBuilder } from "azure-kusto-data";

const [cluster, tenant, application, database, ...commands] = process.argv.slice(2);
const client = new Client(
  KustoConnectionStringBuilder.withAadApplicationKeyAuthentication(cluster, application, process.env.KUSTO_CLIENT_SECRET, tenant),
);
const answers = [];
for (const command of commands) {
  try {
    const answer = await client.executeMgmt(database, command);
    answers.push({ rows: [...answer.primaryResults[0].rows()].map((row) => row.toJSON()) });
  } catch (error) {
    answers.push({ status: error.response?.status, error: error.response?.data?.error?.["@message"] ?? String(error) });
  }
}
client.close();
console.log(JSON.stringify(answers));
