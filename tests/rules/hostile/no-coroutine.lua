-- coroutine does not exist
-- expect: fault unknown name 'coroutine'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = coroutine.wrap(function() end)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
