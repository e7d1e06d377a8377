-- The qualification that somebody has asked for. The rules that suggest shadowing or a network first are in rules.csv.

-- A qualification that the person has asked for and does not hold. One that is known to be open comes first.
local function asked_for(need, person)
  local best
  for _, q in ipairs(qualifications_for(need)) do
    local suits = person:wishes("qualification", q.id) and not person:holds(q.id)
    if suits and (best == nil or (best.open ~= "yes" and q.open == "yes")) then best = q end
  end
  return best
end

rule "wish-qualification" {
  about   = "You have asked for this qualification, and it covers what you want to be able to do",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = { "role", "growth" },
  needs   = "gap",
  when    = function(need, person)
    return given(asked_for(need, person) ~= nil, otherwise "you have not asked for an open qualification that covers this")
  end,
  recommend = function(need, person)
    local q = asked_for(need, person)
    local fields = { id = q.id, priority = 59, not_in_house = "you want the award itself, which only an awarding body can issue" }
    if q.open ~= "yes" then
      fields.priority = 20
      fields.because = "You have asked for it; first check that registration is still open"
    end
    if q.type == "apprenticeship" then return apprenticeship(fields) end
    if q.type == "status" then return status(fields) end
    return qualification(fields)
  end,
}
