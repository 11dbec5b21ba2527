# How to reach a package index that is not the public one: the build's secrets pip.conf (pip's own
# configuration file) and certificates (whom to trust). No image keeps anything of them. To be
# sourced.
if [ -f /run/secrets/pip.conf ]; then
    export PIP_CONFIG_FILE=/run/secrets/pip.conf
fi
if [ -f /run/secrets/certificates ]; then
    export PIP_CERT=/run/secrets/certificates SSL_CERT_FILE=/run/secrets/certificates
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
