import Model
import Synchronization

/// How often an address may ask for what costs more than reading: each has a bucket of requests that fills again evenly.
final class AddressLimit: Sendable {
    /// A person follows a link, reads, and presses a button; behind a proxy a whole team has one address.
    static let burst = 20.0
    static let perSecond = 1.0
    /// Addresses remembered. Who has more of them than this is not held up by counting any.
    static let maximum = 1_000

    private struct Bucket {
        var requests: Double
        var at: Timestamp
    }
    private let buckets = Mutex<[String: Bucket]>([:])

    /// Counts a request; false where it is one too many.
    func allows(_ address: String, now: Timestamp) -> Bool {
        buckets.withLock { buckets in
            if buckets[address] == nil, buckets.count >= AddressLimit.maximum { buckets = [:] }
            var bucket = buckets[address] ?? Bucket(requests: AddressLimit.burst, at: now)
            let since = max(0, (now - bucket.at).seconds)
            bucket.requests = min(AddressLimit.burst, bucket.requests + since * AddressLimit.perSecond)
            bucket.at = now
            let isAllowed = bucket.requests >= 1
            if isAllowed { bucket.requests -= 1 }
            buckets[address] = bucket
            return isAllowed
        }
    }
}
