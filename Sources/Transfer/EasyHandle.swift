internal import CCurl
internal import Model

/// What every transfer of ours sets, HTTP or mail: no signals, no proxy or password file from the environment, and no wait for a
/// name look-up that was given up.
func setSafety(_ easy: UnsafeMutableRawPointer, timeout: Duration, limits: TransferLimits) {
    monitord_set_long(easy, CURLOPT_NOSIGNAL, 1)
    monitord_set_long(easy, CURLOPT_QUICK_EXIT, 1)
    monitord_set_text(easy, CURLOPT_PROXY, "")
    monitord_set_long(easy, CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
    monitord_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, Int((timeout.microseconds + 999) / 1000)))
    monitord_set_long(easy, CURLOPT_DNS_CACHE_TIMEOUT, Int(limits.nameCache.microseconds / 1_000_000))
}

/// One file of authorities and no folder: only then libcurl keeps the parsed certificates with its multi handle. Reading the
/// system's bundle anew costs 41 to 62 ms of CPU a handshake.
func setTLS(_ easy: UnsafeMutableRawPointer, _ options: TLSOptions, defaultCAFile: String) {
    monitord_set_text(easy, CURLOPT_CAPATH, nil)
    monitord_set_text(easy, CURLOPT_CAINFO, options.caFile ?? defaultCAFile)
    if !options.verifies {
        monitord_set_long(easy, CURLOPT_SSL_VERIFYPEER, 0)
        monitord_set_long(easy, CURLOPT_SSL_VERIFYHOST, 0)
    }
}

extension UnsafeMutableRawPointer {
    func number(_ info: CURLINFO) -> Int {
        var value = 0
        monitord_get_long(self, info, &value)
        return value
    }

    func size(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        monitord_get_size(self, info, &value)
        return Int(value)
    }

    func microseconds(_ info: CURLINFO) -> Int { size(info) }

    func text(_ info: CURLINFO) -> String? {
        var value: UnsafePointer<CChar>?
        monitord_get_text(self, info, &value)
        return value.map { String(cString: $0) }
    }

    var httpVersion: Double {
        switch number(CURLINFO_HTTP_VERSION) {
        case Int(CURL_HTTP_VERSION_1_0): 1.0
        case Int(CURL_HTTP_VERSION_1_1): 1.1
        case Int(CURL_HTTP_VERSION_2_0): 2
        case Int(CURL_HTTP_VERSION_3): 3
        default: 0
        }
    }

    /// libcurl's times count from the start of the request to the end of each phase; 0 where it did not come to that.
    var timings: TransferReply.Timings {
        let name = microseconds(CURLINFO_NAMELOOKUP_TIME_T)
        let connected = microseconds(CURLINFO_CONNECT_TIME_T)
        let secured = microseconds(CURLINFO_APPCONNECT_TIME_T)
        let sent = microseconds(CURLINFO_PRETRANSFER_TIME_T)
        let first = microseconds(CURLINFO_STARTTRANSFER_TIME_T)
        let total = microseconds(CURLINFO_TOTAL_TIME_T)
        func seconds(_ from: Int, _ to: Int) -> Double { to > from ? Double(to - from) / 1e6 : 0 }
        var timings = TransferReply.Timings()
        timings.nameLookup = seconds(0, name)
        timings.connect = connected == 0 ? 0 : seconds(name, connected)
        timings.tls = secured == 0 ? 0 : seconds(connected, secured)
        timings.processing = first == 0 ? 0 : seconds(sent, first)
        timings.transfer = first == 0 ? 0 : seconds(first, total)
        timings.total = seconds(0, total)
        return timings
    }
}

/// OpenSSL's form of a time: `Nov 23 06:15:45 2027 GMT`.
func certificateDate(_ text: Substring) -> Timestamp? {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let words = text.split(separator: " ")
    guard words.count == 5, words[4] == "GMT", let month = months.firstIndex(of: String(words[0])), let day = Int64(words[1]),
        let year = Int64(words[3])
    else { return nil }
    let time = words[2].split(separator: ":").compactMap { Int64($0) }
    guard time.count == 3 else { return nil }
    let days = CivilDate.daysSince1970(year: year, month: Int64(month) + 1, day: day)
    return Timestamp(seconds: days * 86_400 + time[0] * 3600 + time[1] * 60 + time[2])
}
