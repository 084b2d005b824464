#!/usr/bin/env bash
# A client of the documents API that never overwrites what it has not seen: curl and jq.
#
#   client.sh update URL WORD
#   client.sh create URL TITLE BODY
#   client.sh save URL ETAG TITLE BODY
set -euo pipefail

ATTEMPTS=5

# :snippet-start: update
update() {
  local url=$1 word=$2 attempt changed unsure=
  for ((attempt = 1; attempt <= ATTEMPTS; attempt++)); do
    ((attempt == 1)) || pause "$attempt"
    get "$url"
    [[ $status != 404 ]] || end 6 "There is no such document."
    [[ $status == 200 ]] || unexpected
    # The connection broke last time. Was it saved?
    [[ $unsure != "$(jq -c '{title, body}' <<<"$content")" ]] || return 0
    require_strong "$etag"

    # Made anew from each read: the old content with a new tag would overwrite.
    changed=$(jq -c --arg word "$word" '{title, body: "\(.body) \($word)"}' <<<"$content")
    if ! put "$url" "If-Match: $etag" "$changed"; then
      unsure=$changed # saved or not? Only a read can tell.
      continue
    fi
    case $status in
      2??) return 0 ;;
      412) ;;
      *) unexpected ;;
    esac
  done
  end 5 "Gave up after $ATTEMPTS attempts, overwriting nothing."
}

get() { # URL
  # A cache on the way must ask the server: an old tag is refused for certain.
  send --url "$1" --header "Cache-Control: no-cache" || end 1 "The document could not be read."
}

put() { # URL CONDITION CONTENT
  send --url "$1" --request PUT --header "$2" \
    --header "Content-Type: application/json" --data-binary @- <<<"$3"
}

# Send one request, and set $status, $etag and $content. Never with --retry: that would
# repeat a PUT whose answer got lost.
send() {
  local response
  response=$(curl --silent --show-error --globoff --path-as-is \
    --write-out '\n%{http_code} %header{etag}' "$@") || return
  content=${response%$'\n'*}
  read -r status etag <<<"${response##*$'\n'}"
}

require_strong() {
  case $1 in
    # curl takes an empty "If-Match:" for an order to leave the field out.
    "") end 7 "Without an ETag, If-Match names nothing." ;;
    W/*) end 7 "If-Match never matches a weak tag, such as $1." ;;
  esac
}
# :snippet-end:

# :snippet-start: create
create() {
  local url=$1 title=$2 body=$3
  put "$url" "If-None-Match: *" "$(document "$title" "$body")" || end 1 "No answer."
  case $status in
    2??) ;;
    412) end 3 "The document exists; it was left as it is." ;;
    *) unexpected ;;
  esac
}
# :snippet-end:

# :snippet-start: conflict
save() {
  local url=$1 tag=$2 title=$3 body=$4 theirs yours
  yours=$(document "$title" "$body")
  [[ -n $tag ]] || end 7 "Without a tag the write would not be guarded."
  put "$url" "If-Match: $tag" "$yours" || end 1 "No answer."
  [[ $status != 2?? ]] || return 0
  [[ $status == 412 ]] || unexpected

  # A person decides; to send the same again with a new tag would overwrite.
  get "$url"
  case $status in
    200) theirs=$(jq -c '{title, body}' <<<"$content") ;;
    404) theirs="it is gone" ;;
    *) unexpected ;;
  esac
  printf '%s\n' "theirs: $theirs" "yours: $yours" "current tag: ${etag:-none}"
  end 4 "Not saved: the document changed after you read it."
}
# :snippet-end:

document() { # TITLE BODY
  jq -cn --arg title "$1" --arg body "$2" '{$title, $body}'
}

pause() { # a random time, longer with each ATTEMPT
  local ms=$((RANDOM % (50 << $1)))
  sleep "$((ms / 1000)).$(printf '%03d' $((ms % 1000)))"
}

unexpected() {
  end 1 "$status $(jq -r '.detail? // empty' <<<"$content" 2>/dev/null || true)"
}

end() { # CODE MESSAGE
  echo "$2" >&2
  exit "$1"
}

case "${1:-} $#" in
  "update 3" | "create 4" | "save 5") "$@" ;;
  *) end 2 "update URL WORD | create URL TITLE BODY | save URL ETAG TITLE BODY" ;;
esac
