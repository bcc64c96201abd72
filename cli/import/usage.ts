import { defaultUrl } from "../connection.js";
import { fileUsage, readingUsage } from "../records/options.js";

export const usage = `npm run import -- watch|inventory FILE… [options]

Where to
  --tenant SLUG            tenant to import into (default acme)
  --url URL                the deployment (default ${defaultUrl}, the local backend)
  --token JWT              act as this user, on any deployment
  --admin                  act as the operator of the local backend
  --dry-run                run every check, send nothing
  --replace                store what known rows read today where it differs
  --rejects FILE           write every refused row there, one JSON object per line
  --batch N                rows per call, 1 to 1000 (default 500)
  --concurrency N          calls at a time, 1 to 8 (default 2)

Columns
  --map field=Column,…     which column feeds which field; time=Day+Clock; field= for none
  --default field=value,…  what stands in for a field that the file does not say
  --key COLUMN             the column of idempotency keys
  --source NAME            keep rows apart from equal rows of other sources
  --lookup FILE            a second file that fills empty cells, with
  --lookup-key COLUMN      the column that both files share
  --split field=TEXT       what separates the entries of a list (default topics=|)
  --empty TEXT             a cell that means "nothing here"; repeatable

${readingUsage}

Stock movements
  --in COLUMN, --out COLUMN      quantities that came in and went out
  --from COLUMN, --to COLUMN     the places that a movement leaves and reaches
  --outside PLACE                a place that is no warehouse; repeatable
  --sign by-kind|as-written      receipts and returns in, shipments out; or the file's own signs
  --kinds WORD=kind,…            the file's own words for kinds

${fileUsage}
  --watched "TEXT *"       how a watch reads in the language of a Takeout history`;
