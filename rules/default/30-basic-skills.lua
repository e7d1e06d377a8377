-- The person's own English, mathematics and digital skills. These are offered in addition to other recommendations and never replace
-- them. The entry requirements of an award are part of that award's practicalities. The first steps are in rules.csv.

local BASIC = { "X.ENGL", "X.MATH", "X.ITSK" }

-- The lowest award that is known to be open and gives the required level.
local function award_for(need, person)
  local best
  for _, q in ipairs(qualifications_for(need)) do
    local suits = q.open == "yes" and q.type == "award" and q.level and q.level <= 2 and not person:holds(q.id)
    if suits and (best == nil or q.level < best.level) then best = q end
  end
  return best
end

rule "basic-skills-qualification" {
  about  = "A functional skills qualification closes a wider gap and counts wherever English or mathematics is required",
  source = "guide-2010/step-2",
  owner  = "needsd default rules",
  competences = BASIC,
  needs  = "gap",
  when   = function(need, person)
    return given(need.gap > 1, otherwise "the gap is one level, which needs no qualification")
       and given(person.progression ~= "no", otherwise "you have said that you do not want to move on for now")
       and given(award_for(need, person) ~= nil, otherwise "no award for this is open for registration")
  end,
  recommend = function(need, person)
    local fields = { id = award_for(need, person).id, priority = 60 }
    fields.not_in_house = "only an awarding body can issue the certificate"
    return qualification(fields)
  end,
}
