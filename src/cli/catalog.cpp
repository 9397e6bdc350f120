#include "cli/catalog.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <memory>
#include <optional>

#include "cli/command.hpp"
#include "report/sources.hpp"

namespace orrery {

RunCommand declare_catalog(CLI::App& app);

namespace {

std::vector<CatalogKind> kinds() {
  return {chip_catalog(),   node_catalog(),  fabric_catalog(),   switch_catalog(),
          optics_catalog(), model_catalog(), software_catalog(), fault_catalog()};
}

std::string plural(std::size_t n, const CatalogKind& kind) {
  if (n == 1) return "1 " + kind.one;
  return fmt::format("{} {}", n,
                     kind.name == "software" ? "software profiles"
                     : kind.name == "optics" ? "kinds of optics"
                     : kind.name == "faults" ? "fault models"
                                             : kind.name);
}

/// What the numbers of an item rest on.
struct SourceCount {
  int cited = 0, unverified = 0, unsourced = 0;
  int defaults = 0;  ///< Physical constants that the preset leaves to their defaults.

  bool complete() const { return unverified == 0 && unsourced == 0 && defaults == 0; }
  /// "cited", or what is lacking.
  std::string text() const {
    std::vector<std::string> lacking;
    if (unverified > 0) lacking.push_back(fmt::format("{} unverified", unverified));
    if (unsourced > 0) lacking.push_back(fmt::format("{} without source", unsourced));
    if (defaults > 0) lacking.push_back(fmt::format("{} by default", defaults));
    return lacking.empty() ? "cited" : fmt::format("{}", fmt::join(lacking, ", "));
  }
};

SourceCount count_sources(const CatalogItem& item) {
  SourceCount n;
  for (const FieldInfo& field : item.declared) {
    const bool is_law = field.type == "law";
    if (!is_law && field.type != "quantity" && field.type != "number" && field.type != "integer") continue;
    bool said = false;
    for (const auto& [path, source] : item.written) {
      if (declared_path(path) != field.path) continue;
      said = true;
      ++(source.unverified ? n.unverified : source.source.empty() ? n.unsourced : n.cited);
    }
    // A whole number's default is an absence (no window), a list's element may be absent altogether.
    const bool constant = field.type != "integer" && !is_law && field.path.find("[]") == std::string::npos;
    const bool zero = field.default_text.find_first_of("123456789") == std::string::npos;
    if (!said && constant && !zero) ++n.defaults;
  }
  return n;
}

Document overview() {
  Document document;
  document.command = "catalog";
  std::vector<std::string> counts;
  Table table{"kinds", "", {{"kind", "kind"}, {"presets", "presets"}, {"names", "names"}}, {}, "", false};
  for (const CatalogKind& kind : kinds()) {
    const std::vector<std::string> names = preset_names(kind.name);
    counts.push_back(plural(names.size(), kind));
    table.rows.push_back({kind.name, count(static_cast<long long>(names.size())), std::string()});
    std::string& list = std::get<std::string>(table.rows.back().back());
    for (std::size_t i = 0; i < names.size() && i < 4; ++i) list += (i > 0 ? ", " : "") + names[i];
    if (names.size() > 4) list += ", ...";
  }
  document.answer = {fmt::format("{}", fmt::join(counts, ", "))};
  document.tables.push_back(std::move(table));
  document.notes = {"`orrery catalog KIND` lists a kind, `orrery catalog KIND NAME` shows one with its sources."};
  return document;
}

Document list_document(const CatalogKind& kind, Diagnostics& diagnostics) {
  Document document;
  document.command = "catalog";
  Table table;
  table.key = kind.name;
  table.columns = {{"name", "name"}};
  table.columns.insert(table.columns.end(), kind.columns.begin(), kind.columns.end());
  table.columns.push_back({"sources", "sources"});
  std::size_t marked = 0;
  for (const Preset& preset : all_presets(kind.name, diagnostics)) {
    Diagnostics own;
    const CatalogItem item = kind.read(preset, own);
    for (const Diagnostic& d : own.all()) {
      if (d.severity == Severity::Error) diagnostics.error(d.message, d.span, d.hint);
    }
    if (own.has_errors()) continue;
    std::vector<Cell> row = {preset.name};
    row.insert(row.end(), item.summary.begin(), item.summary.end());
    const SourceCount sources = count_sources(item);
    if (!sources.complete()) ++marked;
    row.emplace_back(sources.text());
    table.rows.push_back(std::move(row));
  }
  diagnostics.throw_if_errors();
  document.answer = {marked == 0 ? plural(table.rows.size(), kind) + ", every number with its source"
                                 : fmt::format("{}, {} of them with numbers that lack a source",
                                               plural(table.rows.size(), kind), marked)};
  document.notes = {fmt::format("`orrery catalog {} NAME` shows one with its sources.", kind.name)};
  document.tables.push_back(std::move(table));
  return document;
}

Document item_document(const CatalogKind& kind, const Preset& preset, Diagnostics& diagnostics) {
  const CatalogItem item = kind.read(preset, diagnostics);
  diagnostics.throw_if_errors();
  Document document;
  document.command = "catalog";
  document.answer = {item.title};
  document.fields = {{"kind", "", kind.one}, {"name", "", preset.name}};
  std::string aliases;
  for (const std::string& alias : preset.aliases) {
    if (alias != preset.name && !item.title.starts_with(alias)) aliases += (aliases.empty() ? "" : ", ") + alias;
  }
  if (!aliases.empty()) document.fields.push_back({"also_called", "also called", aliases});
  document.fields.insert(document.fields.end(), item.derived.begin(), item.derived.end());
  document.breakdowns = item.breakdowns;
  document.tables = {source_table(item.written, item.declared), default_table(item.written, item.declared)};
  document.notes = item.notes;
  const SourceCount sources = count_sources(item);
  if (sources.unverified > 0)
    document.notes.push_back(fmt::format("{} unverified: check before you rely on it.", sources.unverified));
  if (sources.defaults > 0)
    document.notes.push_back(fmt::format("{} of the constants: defaults of a {} that nobody measured (--explain).",
                                         sources.defaults, kind.one));
  return document;
}

const CatalogKind* kind_called(const std::vector<CatalogKind>& all, const std::string& word) {
  for (const CatalogKind& kind : all) {
    if (word == kind.name || word == kind.one) return &kind;
  }
  return nullptr;
}

/// What the two words of the command line name.
Document catalog(const std::string& kind_word, const std::string& name, Diagnostics& diagnostics) {
  const std::vector<CatalogKind> all = kinds();
  if (kind_word.empty()) return overview();
  const CatalogKind* kind = kind_called(all, kind_word);
  if (kind == nullptr && name.empty()) {
    // A name alone: the first kind that has it, and where others do, what they say in a line.
    std::optional<Document> document;
    for (const CatalogKind& any : all) {
      const auto preset = find_preset(any.name, kind_word, diagnostics);
      if (!preset) continue;
      if (!document) {
        document = item_document(any, *preset, diagnostics);
      } else {
        document->answer.push_back(fmt::format("also a {}, {} (`orrery catalog {} {}`)", any.one,
                                               any.read(*preset, diagnostics).title, any.name, preset->name));
      }
    }
    if (document) return *std::move(document);
  }
  if (kind == nullptr) {
    std::vector<std::string> names;
    for (const CatalogKind& any : all) names.push_back(any.name);
    std::string hint = fmt::format("kinds: {}", fmt::join(names, ", "));
    for (const CatalogKind& any : all) {
      for (std::string& preset : preset_names(any.name)) names.push_back(std::move(preset));
    }
    const std::string meant = did_you_mean(kind_word, names);
    if (!meant.empty()) hint = fmt::format("did you mean `{}`?", meant);
    throw InputError(fmt::format("the catalog has no kind or preset `{}`", kind_word), {}, hint);
  }
  if (name.empty()) return list_document(*kind, diagnostics);
  const auto preset = find_preset(kind->name, name, diagnostics);
  if (!preset) report_unknown_preset(kind->name, name, {}, diagnostics);
  diagnostics.throw_if_errors();
  return item_document(*kind, *preset, diagnostics);
}

}  // namespace

RunCommand declare_catalog(CLI::App& app) {
  struct Words {
    std::string kind, name;
  };
  const auto words = std::make_shared<Words>();
  app.add_option("kind", words->kind,
                 "chips, nodes, fabrics, switches, optics, models or software; or a preset's name");
  app.add_option("name", words->name, "A preset of that kind");
  return [words](const OutputFlags& flags) {
    Diagnostics diagnostics;
    const Document document = catalog(words->kind, words->name, diagnostics);
    diagnostics.throw_if_errors();
    emit(document, flags);
    emit_warnings(diagnostics, flags);
    return kAnswer;
  };
}

}  // namespace orrery
