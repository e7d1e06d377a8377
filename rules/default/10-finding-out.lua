-- Finding out comes first: what nobody has rated is no gap, and what two sources see differently is looked at again.
-- What the law asks for is in 20-compliance.lua: it is due whether or not it was ever rated.

local function not_statutory(need)
  return given(need.importance ~= "statutory", otherwise "this is required of the post, so training is offered at once")
end

rule "self-assessment" {
  about  = "Nobody has rated this so far, or the last rating is out of date; your own view is the first step",
  source = "press-2008",
  owner  = "needsd default rules",
  needs  = { "unrated", "lapsed" },
  when   = function(need, person)
    return not_statutory(need)
       and given(person.no_computer ~= true, otherwise "self-assessment is on a computer; a talk with your manager does the same")
  end,
  recommend = function() return finding_out { id = "self-assessment", priority = 80 } end,
}

rule "review-without-computer" {
  about  = "Nobody has rated this so far, or the last rating is out of date; a talk with your manager settles it without a computer",
  source = "guide-2010/step-1",
  owner  = "needsd default rules",
  needs  = { "unrated", "lapsed" },
  when   = function(need, person)
    return not_statutory(need)
       and given(person.no_computer == true, otherwise "you can use a computer, so self-assessment comes first")
  end,
  recommend = function() return finding_out { id = "review", priority = 80 } end,
}

rule "observation-to-confirm" {
  about  = "A newer rating lies well below your certificate; a planned observation shows which of the two is right",
  source = "guide-2010/step-2",
  owner  = "needsd default rules",
  needs  = "confirm",
  recommend = function() return finding_out { id = "observation", priority = 85 } end,
}
