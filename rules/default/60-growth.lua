-- The award that somebody has asked for. Seeing and meeting come before signing up for anything: those rules are in rules.csv.

-- The qualification asked for and not held yet; one known to be open before one of which nobody knows.
local function asked_for(need, person)
  local best
  for _, q in ipairs(qualifications_for(need)) do
    local suits = person:wishes("qualification", q.id) and not person:holds(q.id)
    if suits and (best == nil or (best.open ~= "yes" and q.open == "yes")) then best = q end
  end
  return best
end

rule "wish-qualification" {
  about   = "You have asked for this qualification, and it gives what you want to be able to do",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = "gap",
  when    = function(need, person)
    return given(asked_for(need, person) ~= nil, otherwise "you have asked for no open qualification that gives this")
  end,
  recommend = function(need, person)
    local q = asked_for(need, person)
    local fields = { id = q.id, priority = 59, not_in_house = "you want the award itself, which only an awarding body can give" }
    if q.open ~= "yes" then
      fields.priority = 20
      fields.because = "You have asked for it; ask first whether one can still register"
    end
    if q.type == "apprenticeship" then return apprenticeship(fields) end
    if q.type == "status" then return status(fields) end
    return qualification(fields)
  end,
}
