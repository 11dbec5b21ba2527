# How to reach a package index that is not the public one: the build's secrets pip.conf (pip's own
# configuration file) and certificates (whom to trust). No image keeps anything of them. To be
# sourced, outside a build by hack/uv.sh.
if [ -f /run/secrets/pip.conf ]; then
    export PIP_CONFIG_FILE=/run/secrets/pip.conf
fi
if [ -f /run/secrets/certificates ]; then
    export PIP_CERT=/run/secrets/certificates SSL_CERT_FILE=/run/secrets/certificates
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

# Hands on to uv, which reads none of pip's settings, which indexes pip asks and which hosts it takes
# without a certificate: `hand_on_to_uv PYTHON`. By the list of all settings, for a pip of before 24
# that is asked for one of them looks into the user's own file alone.
hand_on_to_uv() {
    # The environment last, as ~, for the last one of a setting counts.
    settings=$("$1" -m pip config list 2> /dev/null | sed 's/^:env:/~/' | LC_ALL=C sort)
    _hand_on UV_DEFAULT_INDEX index.url
    _hand_on UV_INDEX extra.index.url
    _hand_on UV_INSECURE_HOST trusted.host
}

# One of them, unless it is set for uv itself: `_hand_on VARIABLE OPTION`, a dot for each dash. Of
# several values, pip tells the line breaks as \n.
_hand_on() {
    value=$(printf '%s\n' "$settings" | sed -n "s/^[a-z~]*\.$2='\(.*\)'\$/\1/p" | tail -n 1)
    value=$(printf '%s\n' "$value" | sed 's/\\n/ /g; s/^ *//')
    if [ -n "$value" ]; then eval "export $1=\"\${$1:-\$value}\""; fi
}
