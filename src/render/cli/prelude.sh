# What is said goes to stderr.
say() { printf '%s\n' "$*" >&2; }

# A problem and the way out; all of them are said before the script stops.
problems=0
problem() {
  problems=$((problems + 1))
  say "problem: $1"
  say "  $2"
}

# What a document of others lacks. They can name a new role only when it is there, so everything but the rules
# is made all the same.
lacking=0
lack() {
  lacking=$((lacking + 1))
  say "lacking: $1"
  say "  $2"
}

errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

# The answer to a question; nothing, where AWS answers with one of these codes.
ask() {
  local codes=$1
  shift
  if "$@" 2>"$errors" || grep -qE "\((${codes})\)" "$errors"; then return 0; fi
  cat "$errors" >&2
  return 1
}

# Failures that pass by themselves: what was made a moment ago is not found everywhere yet, or AWS is busy.
passing='\((NoSuchBucket|NoSuchEntity|NotFoundException|MalformedPolicy|MalformedPolicyDocument|MalformedPolicyDocumentException|OperationAborted|ConcurrentModification|Throttling|ThrottlingException|SlowDown|ServiceUnavailable)\)|\(InvalidRequest\).*[Vv]ersioning'

# A call that may be repeated, and is, for two minutes at most.
patiently() {
  local tries=0
  until "$@" >/dev/null 2>"$errors"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 24 ] || ! grep -qE "$passing" "$errors"; then
      cat "$errors" >&2
      return 1
    fi
    say "waiting: $(grep -v '^$' "$errors" | tail -n 1)"
    sleep "${WAIT_SECONDS:-5}"
  done
}

# Waits until a key can be used; takes the call that describes it.
usable() {
  local tries=0
  until [ "$("$@" --query KeyMetadata.KeyState --output text 2>/dev/null)" = Enabled ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 24 ]; then
      say "the new key is not enabled after two minutes: run the script again later"
      return 1
    fi
    sleep "${WAIT_SECONDS:-5}"
  done
}

# A document on one line: indentation counts against AWS's limits.
compact() { sed 's/^ *//' | tr -d '\n'; }

# Whether two documents are the same but for white space.
same() { [ "$(tr -d '[:space:]' <<<"$1")" = "$(tr -d '[:space:]' <<<"$2")" ]; }

# same_or_problem WHAT FOUND WANTED…: what was found is nothing, or one of these.
same_or_problem() {
  local what=$1 found=$2 wanted
  shift 2
  if [ -z "$found" ]; then return 0; fi
  for wanted in "$@"; do
    if same "$found" "$wanted"; then return 0; fi
  done
  problem "$what says something else than this script would write" \
    "it is left as it is: 'bucketbridge apply' puts ours beside what others wrote"
}

# holds_or_lack WHAT FOUND NAME…: what was found has everything of these names, its Sids or rule ids.
holds_or_lack() {
  local what=$1 found=$2 name
  shift 2
  for name in "$@"; do
    if [[ $found != *"\"$name\""* ]]; then
      lack "$what lacks $name" "put it beside what is there; the JSON documents of 'bucketbridge render' have it"
    fi
  done
}
