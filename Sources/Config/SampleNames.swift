import Probes
import Settings

/// The names of a kind's samples, where `*` ends an open family.
package enum SampleNames {
    /// Why a probe of this kind gives no such sample; nil where it may, or where the kind is not one that is configured.
    package static func problem(_ name: String, kind: String) -> String? {
        guard let samples = ProbeCatalog.all.first(where: { $0.kind == kind })?.samples, !contains(name, in: samples) else {
            return nil
        }
        let near = Suggestion.clause(for: name, in: samples.filter { !$0.hasSuffix("*") })
        return "a probe of kind \(kind) has no sample \"\(name)\""
            + (near.isEmpty ? "; it has \(samples.joined(separator: ", "))" : near)
    }

    private static func contains(_ name: String, in samples: [String]) -> Bool {
        samples.contains { sample in
            sample.hasSuffix("*") ? name.hasPrefix(sample.dropLast()) && name.count >= sample.count : name == sample
        }
    }
}
