#pragma once

#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/quantity.hpp"
#include "fleet/uncertainty/build_time.hpp"

namespace orrery {

/// A step of a real site as somebody dated it: data/reference/build_phases.csv.
struct BuildPhase {
  enum class Status {
    Estimate,  ///< It ran by then, by satellite pictures, permits or statements.
    Forecast,  ///< It was expected when the table was made: no truth.
    Unhurried  ///< Two looks at a site with years between, which nobody built in one go.
  };
  std::string site;
  BuildKind kind = BuildKind::Growth;
  Date from, to;
  Watts before, power;  ///< That ran at `from`, and at `to`.
  Status status = Status::Estimate;
  std::string note{};

  Seconds duration() const { return to - from; }
};

/// A range over many sites that somebody published: data/reference/build_surveys.csv.
struct BuildSurvey {
  std::string id;
  BuildKind kind = BuildKind::Greenfield;
  Watts power;  ///< Of a greenfield survey.
  Seconds p10, p50, p90;
  std::string source, note;
};

struct BuildEvidence {
  std::vector<BuildPhase> phases;
  std::vector<BuildSurvey> surveys;
};

/// Both tables, as compiled into the program.
const BuildEvidence& build_evidence();

/// The laws from the phases that ran, but for those of one site (empty: from all), and from the surveys.
///
/// Greenfield: median and exponent by least squares of logarithms, each site's first phase and each survey counted
/// once; the spread is that of Epoch's gigawatt sites about their median. Brownfield: the geometric mean of the survey
/// and the refits; the survey's spread. Growth: the mean of the logarithms, with the band in which the next such step
/// lies in 80 % of cases by Student's t.
BuildModel fit_build_model(const BuildEvidence& evidence, const std::string& without_site = "");

/// A phase against the law of a fit that has not seen its site.
struct BuildScore {
  BuildPhase phase;
  Seconds p10, p50, p90;
  bool inside = false;
};

/// Each phase against `fit_build_model(evidence, phase.site)`, in the order of the table.
std::vector<BuildScore> score_build_model(const BuildEvidence& evidence);

/// How many scores of a status lie inside their band.
struct BuildCoverage {
  int inside = 0, of = 0;
};
BuildCoverage build_coverage(const std::vector<BuildScore>& scores, BuildPhase::Status status);

}  // namespace orrery
