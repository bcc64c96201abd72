import { fileUsage, readingUsage } from "../../records/options.js";

export const importUsage = `npx convex-rollups import TABLE FILE… [options]

Where to
  --url URL, --admin-key KEY   the deployment (default: as for npx convex, by environment or .env.local)
  --to MODULE:FUNCTION         your internal mutation that takes { rows }, in place of an insert
  --dir FOLDER                 the folder of your functions
  --dry-run                    run every check, send nothing
  --rejects FILE               write every refused row there, one JSON object per line
  --batch N                    rows per call, 1 to 1000 (default 500)

Columns
  --map field=Column,…         which column feeds which field; time=Day+Clock; field= for none
  --set field=value,…          what every row has, such as the tenant
  --default field=value,…      what stands in for an empty cell
  --time FIELD, --number FIELD whether a number is a time; repeatable (default: as its name says)
  --id COLUMN                  tells rows apart, also those of other files
  --source NAME                the name that a file is known by (default: its own)
  --split field=TEXT           what separates the entries of a list (default |)
  --words WORD=value,…         the file's own words for literals
  --empty TEXT                 a cell that means "nothing here"; repeatable

${readingUsage}

${fileUsage}`;
