#pragma once

#include <string_view>

namespace orrery {

/// What a page carries with it, from web/dist/: `npm run build` in web/ makes it, the build embeds it.
std::string_view page_script();
std::string_view page_style();
/// "sha256-...": the script's hash, for the page's content security policy.
std::string_view page_script_hash();
/// Licences of what is bundled into the script.
std::string_view page_licences();

}  // namespace orrery
