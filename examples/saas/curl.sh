#!/bin/sh
# The same three requests to any customer: a page of contacts, the page after it, and a request to the organisation itself.
# GATEWAY is the address of the gateway, KEY an API key, ACCOUNT the name or the id of an account.
set -eu
: "${GATEWAY:=http://127.0.0.1:8780}" "${ACCOUNT:=contoso}"

echo "a page of contacts:"
page=$(curl -sS --fail-with-body -H "Authorization: Bearer $KEY" \
    "$GATEWAY/unified/crm/contacts?account_id=$ACCOUNT&limit=10&remote_data=false")
echo "$page"

echo "the page after it:"
next_cursor=$(echo "$page" | sed -n 's/.*"next_cursor":"\([^"]*\)".*/\1/p')
curl -sS --fail-with-body -H "Authorization: Bearer $KEY" \
    "$GATEWAY/unified/crm/contacts?account_id=$ACCOUNT&limit=10&remote_data=false&next_cursor=$next_cursor"
echo

echo "the organisation itself:"
curl -sS --fail-with-body -H "Authorization: Bearer $KEY" \
    "$GATEWAY/proxy/$ACCOUNT/contacts?\$select=fullname&\$top=2"
echo
