#!/usr/bin/env bash
# A tour of gwctl with a PostgreSQL server and a company of its own. `make demo` runs it; so does `bash examples/demo.sh`
# where gwctl is installed. Everything it makes lies in one folder, whose name it tells: GWCTL_DEMO, or a new one.
set -euo pipefail

examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${GWCTL_DEMO:-$(mktemp -d "${TMPDIR:-/tmp}/gwctl-demo.XXXXXX")}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

# This database and no other, whatever else is set on this machine.
unset GWCTL_DATABASE_URL DATABASE_URL GWCTL_CONTEXT GWCTL_NO_LOCAL
export GWCTL_LOCAL=1 GWCTL_LOCAL_DATA="$folder/postgres" GWCTL_CONFIG="$folder/config.toml" GWCTL_ACTOR="${GWCTL_ACTOR:-demo}"

bold= plain=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' plain=$'\e[0m'; fi

say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# Shows a command as one would type it, then runs it.
run() {
  local word line='$ gwctl'
  for word in "$@"; do
    case $word in *' '*) line+=" '$word'" ;; *) line+=" $word" ;; esac
  done
  printf '%s%s%s\n' "$bold" "$line" "$plain"
  gwctl "$@"
}

trap 'status=$?; [ $status -eq 0 ] || printf "\nThe demo stopped (exit status %s). What it made is in %s\n" "$status" "$folder" >&2' EXIT
cp "$examples/first-steps.yaml" "$folder/company.yaml"
cd "$folder"

say "1. A real PostgreSQL server, out of a Python wheel, and the gateway's 57 tables in it."
run local start
GWCTL_DATABASE_URL=$(gwctl local status -o name)
export GWCTL_DATABASE_URL
run db upgrade --yes

say "2. A company in one file: budgets, users, teams with their members, and keys. First without a database, then for good."
run validate -f company.yaml
rm -f keys.jsonl
run --reason 'first steps' apply -f company.yaml --secrets-to keys.jsonl --yes > plan.txt
head -n 8 plan.txt
echo '  … (the whole plan is in plan.txt)'
tail -n 1 plan.txt
say "   The secrets of the new keys are in keys.jsonl, which only you can read; the database has their hashes:"
head -n 2 keys.jsonl

say "3. What is there now."
run teams list --fields team_alias,models,spend,max_budget,budget_duration
run teams members list research
run users list --fields user_id,user_email,user_role,max_budget
run keys list --limit 500 --fields key_alias,key_name,team_alias,max_budget,expires,blocked
run keys get support-bot

say "4. The same file again changes nothing, which is why a pipeline may apply it on every push."
run apply -f company.yaml --yes
run diff -f company.yaml

say "5. Something is wrong with the mobile app: its key is blocked, and let go again."
run --reason 'spends too fast' keys block mobile-app -o name
run keys list --blocked --fields key_alias,team_alias,blocked
run --reason 'fixed in 4.2.1' keys unblock mobile-app -o name

say "6. A key for a new job. Its secret is shown this once; in a pipe it would be all that is printed."
run keys create weekly-report --team research --max-budget 25 --budget-duration 7d

say "7. The secret of the nightly jobs leaked: it gets a new one, and keeps its spend, its budget and all else."
run --reason 'secret in a log' keys rotate nightly

say "8. Who did what, and why."
run audit list --limit 6

say "9. A whole gateway: organisations, models, MCP servers, guardrails, policies. Secrets come from the environment and"
say "   are sealed with the proxy's salt key; these are made up."
export LITELLM_SALT_KEY=demo-salt OPENAI_API_KEY=demo AZURE_API_KEY=demo MISTRAL_API_KEY=demo TICKETS_TOKEN=demo \
  LEDGER_CLIENT_ID=demo LEDGER_CLIENT_SECRET=demo TAVILY_API_KEY=demo LAKERA_API_KEY=demo \
  REDIS_PASSWORD=demo SSO_CLIENT_SECRET=demo
rm -f gateway-keys.jsonl
run --reason 'a whole gateway' apply -f "$examples/gateway" --secrets-to gateway-keys.jsonl --yes > gateway-plan.txt
tail -n 1 gateway-plan.txt
run apply -f "$examples/gateway" --yes
run models list --fields model_name,model_id,litellm_params
run policies resolve --team fraud-detection --model chat-large --tag migration
run secrets check

say "That was it. All of it is kept in $folder. To go on, in this shell:"
cat <<END
  export GWCTL_LOCAL=1 GWCTL_LOCAL_DATA=$GWCTL_LOCAL_DATA GWCTL_CONFIG=$GWCTL_CONFIG
  gwctl --help            (in a checkout: .venv/bin/gwctl)
  gwctl keys list --team research
  gwctl export > company-as-it-is.yaml
To stop the server: gwctl local stop        To delete all of it after that: rm -r $folder
END
