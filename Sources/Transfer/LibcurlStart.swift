import CCurl
import Glibc

/// libcurl needs its global state once a process, before the first handle. OpenSSL writes to sockets without MSG_NOSIGNAL, and
/// with CURLOPT_NOSIGNAL libcurl leaves SIGPIPE to us: a peer that hangs up must not end the daemon.
let libcurlIsReady: Bool = {
    signal(SIGPIPE, SIG_IGN)
    return curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}()
